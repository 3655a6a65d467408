"""Logs for programs: JSON lines of what happened, each with its UTC time, and no addresses.

Modules log events by their names (``_log.info("began", extra=data(connections=4))``); where they
go is decided here. An address may stand in what is logged at DEBUG, and nowhere else.
"""

import argparse
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from feeds.errors import TalkfeedsError, UsageError, WorldError

FOLDER = Path(".talkfeeds") / "log"
# The wall behind: whoever logs has left addresses out already.
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: ``at`` (RFC 3339, UTC), level, event, and its data.

    ``fields`` are said with each; the caller may change them while it goes on.
    """

    def __init__(self, fields: dict[str, object]) -> None:
        super().__init__()
        self.fields = fields

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        import json

        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said: dict[str, object] = {"at": at, "level": record.levelname.lower()}
        said |= {"event": record.getMessage()} | self.fields | getattr(record, "data", {})
        if record.exc_info and record.exc_info[0]:
            # Not its words, and no traceback: both may show a row of the ledger.
            said["error"] = record.exc_info[0].__name__
        if record.levelno > logging.DEBUG:
            said = {key: _without_addresses(value) for key, value in said.items()}
        return json.dumps(said, ensure_ascii=False, default=str)


def add_log_options(command: argparse.ArgumentParser, default: str) -> None:
    """``--log``, with the help that names ``default``."""
    command.add_argument(
        "--log",
        metavar="FILE",
        help=f"what happened, as JSON lines (- is standard error; default: {default})",
    )


@contextmanager
def logging_to(
    given: str | None, default: Path, *, debug: bool = False
) -> Iterator[dict[str, object]]:
    """While the block runs, what ``feeds`` logs goes to ``given``: a file, or ``-``.

    Without it the log is at ``default``, which is made by its first line; that it cannot be
    written is told and stops nothing. Files are for their owner alone, and are appended to.
    Gives the fields that each line says. An error that ends the block is logged as ``failed``.
    WorldError when ``given`` cannot be opened.
    """
    fields: dict[str, object] = {}
    log = logging.getLogger("feeds")
    before = log.level, log.propagate
    with _handler(given, default) as handler:
        handler.setFormatter(JsonLines(fields))
        log.addHandler(handler)
        log.setLevel(logging.DEBUG if debug else logging.INFO)
        log.propagate = False
        try:
            yield fields
        except UsageError:
            raise
        except TalkfeedsError as error:
            # Without a traceback: it is no bug, and a frame may hold an address.
            log.error("failed", extra={"data": {"error": str(error)}})  # noqa: TRY400
            raise
        finally:
            log.removeHandler(handler)
            log.level, log.propagate = before


@contextmanager
def _handler(given: str | None, default: Path) -> Iterator[logging.Handler]:
    if given == "-":
        yield _Lines(sys.stderr)
        return
    file = _Late(Path(given) if given else default)
    if given:
        from feeds.edges.public import refuse_public

        refuse_public(Path(given), "name another file with --log")
        try:
            file.open()
        except OSError as error:
            cause = f"cannot be written: {(error.strerror or '').lower()}"
            raise WorldError(given, cause, "name another file with --log") from error
    try:
        yield _Lines(file)
    finally:
        with suppress(OSError):  # a full disk has been told
            file.close()


class _Lines(logging.StreamHandler[Any]):
    """A log that cannot be written is told once, and stops nothing."""

    told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 # logging's
        """Say why on standard error."""
        error = sys.exception()
        assert error is not None
        if not isinstance(error, OSError):
            raise error
        if not self.told:
            print(f"the log cannot be written: {(error.strerror or '').lower()}", file=sys.stderr)
        self.told = True


class _Late:
    """A file that is opened when the first line comes, so that nothing is made for nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def open(self) -> TextIO:
        """Make it, and its folder when that is ours."""
        if self.path.parent.name == FOLDER.name:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
        handle = os.open(self.path, flags, 0o600)
        self._file = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")
        return self._file

    def write(self, text: str) -> None:
        """Append."""
        (self._file or self.open()).write(text)

    def flush(self) -> None:
        """A line is in the file when its event is over."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()


def _without_addresses(value: object) -> object:
    return _ADDRESS.sub("…@…", value) if isinstance(value, str) else value
