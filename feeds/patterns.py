"""Regular expressions that are compiled when they are used first.

A command uses few of those that its modules name, and compiling all of them takes as long as
rendering a talk.
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pattern = re.compile
else:

    class pattern:  # noqa: N801 # as a function, which it is to whoever calls it
        """What ``re.compile`` gives, a little later; its methods cost what those do."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self.pattern, self._flags = text, flags

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):  # somebody looks at what kind of object this is
                raise AttributeError(name)
            found = getattr(re.compile(self.pattern, self._flags), name)
            setattr(self, name, found)
            return found
