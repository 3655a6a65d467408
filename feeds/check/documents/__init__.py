"""Feeds held against their specifications: Atom, RSS, podcasts, JSON Feed, OPML.

``check_document`` takes the bytes of one document of whatever format; ``cross.check`` what
several say of each other. Nothing here opens a file or an address.
"""

from feeds.check.documents.reading import check_document
from feeds.check.documents.sheet import Entry, Facts, Fault, Target

__all__ = ["Entry", "Facts", "Fault", "Target", "check_document"]
