"""The web app: people subscribe, choose and leave by themselves (Starlette).

``create_app`` gives an ASGI app over a ``Desk`` and an ``Outgoing``, which the jobs fulfil.
"""

from feeds.edges.web.app import Clock, Desk, Outgoing, Rates, create_app

__all__ = ["Clock", "Desk", "Outgoing", "Rates", "create_app"]
