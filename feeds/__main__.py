"""``python -m feeds``: the same as ``talkfeeds``."""

import sys

from feeds.cli import main

sys.exit(main())
