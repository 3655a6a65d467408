"""The preview's server: files of a site over HTTP, built again and loaded again on save.

``create_app`` gives an ASGI app over a ``Desk``, which a job fulfils.
"""

from feeds.edges.preview.app import Desk, create_app
from feeds.edges.preview.running import hold, run
from feeds.edges.preview.watching import watch

__all__ = ["Desk", "create_app", "hold", "run", "watch"]
