"""Where an output folder's files wait until all of them are finished: a hidden folder in it."""

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress

STAGE = ".talkfeeds-stage"
# Says that a file lies in the stage by its own path; none has that name.
BY_ITS_PATH = "/"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_CLASHES = (IsADirectoryError, NotADirectoryError, FileExistsError)


class Stage:
    """The stage below ``folder``. Any process that was forked after it was opened may put files
    there.

    Where nothing stands yet, files lie in the stage as they will stand, so that whole folders find
    their places at once; else each has a name of its own there.
    """

    def __init__(self, folder: str) -> None:
        self.place = f"{folder}/{STAGE}"
        self._folder = folder
        self._as_they_stand = False
        self._count = 0

    def open(self, *, as_they_stand: bool) -> None:
        """Empty, whatever was there; OSError."""
        self.close()
        os.mkdir(self.place)  # noqa: PTH102 # as all paths here are texts
        self._as_they_stand = as_they_stand

    def close(self) -> None:
        """Take it away, with all that lies there."""
        shutil.rmtree(self.place, ignore_errors=True)

    def put(self, path: str, data: bytes) -> str:
        """Put a file there that will stand at ``path``, and give its name; OSError."""
        return self._put(path, lambda staged: _write(staged, data))

    def bring(self, path: str, bring: Callable[[str], None]) -> str:
        """The same of one that ``bring`` makes, where it is told to; nothing is there yet."""

        def brought(staged: str) -> None:
            if os.path.lexists(staged):
                # It may be another name of a file that is somebody's own.
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), staged)
            bring(staged)

        return self._put(path, brought)

    def where(self, path: str, name: str) -> str:
        """Where the file lies that will stand at ``path``, by the name that it was given."""
        return f"{self.place}/{path if name == BY_ITS_PATH else name}"

    def _put(self, path: str, make: Callable[[str], None]) -> str:
        if self._as_they_stand:
            # What clashes with another file is told when all are there.
            with suppress(*_CLASHES):
                self._put_as_it_stands(f"{self.place}/{path}", make)
                return BY_ITS_PATH
        self._count += 1
        name = f"{os.getpid()}-{self._count}"
        make(f"{self.place}/{name}")
        return name

    def _put_as_it_stands(self, staged: str, make: Callable[[str], None]) -> None:
        try:
            make(staged)
        except FileNotFoundError:
            _make_folder(staged.rpartition("/")[0])
            make(staged)

    def move(self, top: str) -> bool:
        """Give a file or a folder at the stage's top its place, with all that is in it; False
        where something stands there that it cannot replace as a whole."""
        try:
            os.rename(f"{self.place}/{top}", f"{self._folder}/{top}")  # noqa: PTH104 # see above
        except OSError:
            return False
        return True


def _make_folder(path: str) -> None:
    """``mkdir -p``, which several processes may do at once. Most often only the last is missing."""
    try:
        os.mkdir(path)  # noqa: PTH102 # see above
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103 # see above
    except FileExistsError:
        if not os.path.isdir(path):  # noqa: PTH112 # see above
            raise


def _write(path: str, data: bytes) -> None:
    """A new file, by the system's own calls: a file object costs as much again."""
    handle = os.open(path, _NEW, 0o666)
    try:
        written = os.write(handle, data)
        while written < len(data):
            written += os.write(handle, memoryview(data)[written:])
    finally:
        os.close(handle)
