"""``python -m tests.golden``: take what is made now as what must be made."""

from tests.golden import listening, write

write()
listening.write()
