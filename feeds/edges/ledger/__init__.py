"""The ledger: subscribers and the suppression list in SQLite or PostgreSQL.

``open_ledger`` gives a ``Ledger``, which fulfils the Protocol of that name in
``feeds.jobs.subscribers``. Everything speaks SQLAlchemy Core, so both databases run the same
statements and pass the same tests.
"""

from feeds.edges.ledger.opening import open_ledger
from feeds.edges.ledger.store import Ledger

__all__ = ["Ledger", "open_ledger"]
