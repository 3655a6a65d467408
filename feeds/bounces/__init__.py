"""What came back: one mail from the bounce mailbox → Report. Pure, and safe with hostile mail.

``read_report`` asks two questions that do not depend on each other. *What is it?* A bounce
(RFC 3464, else flufl.bounce), a complaint (RFC 5965), a leave, or something that changes
nothing. *About which delivery?* Only a token of ours (``feeds.tokens``) answers that: in the
address that the mail came to, else in the copy of our message that it brings back. A mail
that merely names somebody's address names nobody: anybody can write such a mail.
"""

from feeds.bounces.reading import MAX_BYTES, Quiet, Report, read_report
from feeds.bounces.statuses import is_about_recipient, judged

__all__ = ["MAX_BYTES", "Quiet", "Report", "is_about_recipient", "judged", "read_report"]
