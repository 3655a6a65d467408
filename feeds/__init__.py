"""talkfeeds: conference notes as an Atom feed, a weekly digest and a small website.

The layers, top to bottom: ``cli`` → ``edges`` | ``jobs`` → ``render`` → ``plan`` →
``entry`` | ``notes`` | ``settings`` → ``text`` → ``model`` → ``errors``. Imports run
downwards only; import-linter holds it.
"""

__version__ = "0.1.0"
