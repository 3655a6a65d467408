"""The web app: people subscribe, choose and leave by themselves (Starlette).

``create_app`` gives an ASGI app over a ``Desk`` and an ``Outgoing``, which the jobs fulfil.
"""

from feeds.edges.web.app import create_app
from feeds.edges.web.desk import Clock, Desk, Outgoing, Rates

__all__ = ["Clock", "Desk", "Outgoing", "Rates", "create_app"]
