"""The disk, read: a publication's folder, and the templates and catalogs that ship."""

import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from feeds.edges.root import SETTINGS
from feeds.edges.stamps import STEP_NS, Looks, entries, stamp_of
from feeds.entry import MAX_TALK_BYTES, too_large
from feeds.errors import ContentError, Problem, WorldError
from feeds.model import Asset
from feeds.recordings import is_sidecar
from feeds.render.kit import Template

MAX_NOTES_BYTES = 16_777_216
MAX_TRANSCRIPT_BYTES = 16_777_216


class Folder:
    """A publication below ``root``; fulfils the jobs' Source. Reads, and never writes. ``looks``
    are shared with whoever remembers what was seen."""

    def __init__(self, root: Path, looks: Looks | None = None) -> None:
        self.root, self._looks = root, looks
        self.content = root / "content"

    def settings(self) -> tuple[str, bytes] | Problem:
        """The settings file's path and bytes, or why it cannot be read."""
        path = self.root / SETTINGS
        if not path.exists():
            remedy = "make one with: talkfeeds new"
            return Problem(SETTINGS, 0, "", "is not there", remedy)
        found = self._read(path, SETTINGS)
        return found if isinstance(found, Problem) else (SETTINGS, found)

    def talks(self) -> Iterator[tuple[str, bytes] | Problem]:
        """Every talk file below ``content/talks/``, sorted by path; hidden files are left out."""
        for found in self.talk_files():
            if isinstance(found, Problem):
                yield found
            else:
                data = self.talk(found[0])
                yield data if isinstance(data, Problem) else (found[0], data)

    def talk_files(self) -> Iterator[tuple[str, str] | Problem]:
        """The same, unread: each one's path, and what tells this state of it from another; empty
        when nothing does, because it changed a moment ago or is a link."""
        start = self.content / "talks"
        if not start.exists() and not start.is_symlink():
            return
        if not start.is_dir():
            yield Problem("content/talks", 0, "", "is not a folder", "put the talks into one")
            return
        if problem := self._leads_out(start, "content/talks"):
            yield problem
            return
        yield from (self._looks or Looks(self.root)).talks()

    def talk(self, path: str) -> bytes | Problem:
        """A talk file's bytes, by its path from the root, or why it cannot be read."""
        at = os.path.join(self.root, path)  # noqa: PTH118 # for each of ten thousand
        with suppress(OSError):  # said below
            found = os.lstat(at)
            if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_TALK_BYTES:
                with open(at, "rb", buffering=0) as file:  # noqa: PTH123 # the same
                    data = file.read()
                if self._looks:
                    self._looks.note(path, data)
                return data
        return self._read(self.root / path, path)

    def beside(self) -> str:
        """What tells this state of everything but the talks from another, unread; empty when
        nothing does, because something changed a moment ago."""
        return (self._looks or Looks(self.root)).beside()

    def recordings(self) -> Iterator[tuple[str, bytes] | Problem]:
        """Every sidecar in ``content/recordings/``, sorted by path."""
        start = self.content / "recordings"
        if not start.is_dir():
            return
        if problem := self._leads_out(start, "content/recordings"):
            yield problem
            return
        for path in sorted(start.iterdir()):
            shown = f"content/recordings/{path.name}"
            if is_sidecar(shown):
                found = self._read(path, shown, "a sidecar")
                yield found if isinstance(found, Problem) else (shown, found)

    def transcript(self, name: str) -> bytes | Problem:
        """The file of that name in ``content/recordings/``."""
        shown = f"content/recordings/{name}"
        path = self.content / "recordings" / name
        return self._read(path, shown, "a transcript", MAX_TRANSCRIPT_BYTES)

    def assets(self) -> Mapping[str, Asset]:
        """Regular files below ``content/``, but the settings, the talks and hidden files."""
        found: dict[str, Asset] = {}
        if not self.content.is_dir():
            return {}
        now = time.time_ns()
        for name, entry in entries(os.fspath(self.content), ""):
            if name == "publication.toml" or name.startswith("talks/"):
                continue
            stamp = stamp_of(entry)
            if stamp is None or not entry.is_file():
                continue
            if entry.is_symlink() and self._leads_out(Path(entry.path), name):
                continue
            young = f" {now}" if entry.is_symlink() or stamp.since_ns >= now - STEP_NS else ""
            found[name] = Asset(name, stamp.size_bytes, f"{stamp}{young}")
        return found

    def templates(self) -> Mapping[str, Template]:
        """The templates that ship; a file of the same name in ``templates/`` takes its place.

        Raises ContentError with all of the publication's own that cannot be read.
        """
        found = shipped_templates()
        problems = []
        for path in self._own_templates():
            shown = f"templates/{path.name}"
            source = self._template(path, shown)
            if isinstance(source, Problem):
                problems.append(source)
            else:
                found[path.name] = Template(shown, source, own=True)
        if problems:
            raise ContentError(problems)
        return found

    def catalogs(self) -> Mapping[str, str]:
        """The ``.po`` texts that ship, by language."""
        return shipped_catalogs()

    def _own_templates(self) -> list[Path]:
        """What stands in ``templates/``, but hidden files, and folders of other names."""
        own = self.root / "templates"
        if not own.exists() and not own.is_symlink():
            return []
        if not own.is_dir():
            remedy = "put the templates into a folder, or remove it to use those that ship"
            raise ContentError([Problem("templates", 0, "", "is not a folder", remedy)])
        if own.resolve() == _shipped_templates().resolve():
            return []
        try:
            entries = sorted(own.iterdir())
        except OSError as error:
            raise ContentError([_unreadable("templates", error, "the folder")]) from error
        ships = {path.name for path in _shipped_templates().iterdir()}
        return [
            path
            for path in entries
            # A folder named as a template was meant to be one.
            if not path.name.startswith(".") and (path.name in ships or not path.is_dir())
        ]

    def _template(self, path: Path, shown: str) -> str | Problem:
        data = self._regular(path, shown, "a template")
        if isinstance(data, Problem):
            return data
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = 1 + data.count(b"\n", 0, error.start)
            message = f"byte 0x{data[error.start]:02X} is not UTF-8"
            remedy = "save it as UTF-8; what is no template belongs elsewhere"
            return Problem(shown, line, "", message, remedy)

    def _leads_out(self, path: Path, shown: str) -> Problem | None:
        try:
            if path.resolve().is_relative_to(self.content.resolve()):
                return None
        except (OSError, RuntimeError):  # RuntimeError: a loop, in Python 3.11 and 3.12
            return Problem(shown, 0, "", "is a symbolic link to itself", "remove it")
        message = "is a symbolic link out of content/"
        return Problem(shown, 0, "", message, "copy what it points to into content/")

    def _read(
        self, path: Path, shown: str, what: str = "a talk", most_bytes: int = MAX_TALK_BYTES
    ) -> bytes | Problem:
        if path.is_symlink() and (problem := self._leads_out(path, shown)):
            return problem
        return self._regular(path, shown, what, most_bytes)

    def _regular(
        self, path: Path, shown: str, what: str, most_bytes: int = MAX_TALK_BYTES
    ) -> bytes | Problem:
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                return Problem(shown, 0, "", "is not a regular file", "put a text file here")
            if found.st_size > most_bytes:
                return Problem(shown, 0, "", *too_large(found.st_size, what, most_bytes))
            data = path.read_bytes()
        except OSError as error:
            return _unreadable(shown, error, "the file")
        if self._looks:
            self._looks.note(shown, data)
        return data


def _unreadable(shown: str, error: OSError, what: str) -> Problem:
    reason = error.strerror or type(error).__name__
    return Problem(shown, 0, "", f"cannot be read: {reason}", f"check {what}")


def read_notes_file(path: Path) -> str:
    """Raw notes as text (UTF-8), line ends as they are; WorldError when that cannot be."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise WorldError(str(path), "is not a regular file", "name the notes, a Markdown file")
        if size > MAX_NOTES_BYTES:
            message = f"is {size:,} bytes long; notes have at most {MAX_NOTES_BYTES:,}"
            raise WorldError(str(path), message, "split it, a file a day")
        data = path.read_bytes()
    except OSError as error:
        raise WorldError(str(path), f"cannot be read: {error.strerror}", "") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        message = f"byte 0x{data[error.start]:02X} in line {line} is not UTF-8"
        raise WorldError(str(path), message, "save the file as UTF-8") from None


def shipped_templates() -> dict[str, Template]:
    """The templates that ship, by their names."""
    return {
        path.name: Template(f"feeds/templates/{path.name}", path.read_text("utf-8"))
        for path in sorted(_shipped_templates().iterdir())
    }


def shipped_catalogs() -> dict[str, str]:
    """The ``.po`` texts that ship, by language."""
    folder = Path(__file__).parent.parent / "locale"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.po"))}


def _shipped_templates() -> Path:
    """Inside an installed wheel, else beside the package in a checkout (editable installs)."""
    package = Path(__file__).parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"
