"""Where recordings' sidecars, their transcripts and pictures, and audio files lie.

Sidecars, transcripts and pictures belong to the content and are kept in git; audio lies in
``.talkfeeds/audio/``, and what is being downloaded in ``sources/`` below it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from feeds.edges.disk import write_files
from feeds.errors import ContentError, Problem, WorldError
from feeds.model import Output
from feeds.recordings import Asked, AudioFile, OnDisk, Sidecar, path_of, read, write

AUDIO = Path(".talkfeeds/audio")


class Shelf:
    """Below a publication's ``root``; fulfils the fetch's Shelf."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "content" / "recordings"
        self.audio = root / AUDIO
        self.sources = self.audio / "sources"

    def sidecars(self) -> dict[str, Sidecar]:
        """All of them, by recording; ContentError with all that cannot be read."""
        found: dict[str, Sidecar] = {}
        problems: list[Problem] = []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            shown = path.relative_to(self.root).as_posix()
            try:
                sidecar = read(path.read_bytes(), shown)
            except ContentError as error:
                problems.extend(error.problems)
                continue
            except OSError as error:
                reason = f"cannot be read: {(error.strerror or '').lower()}"
                problems.append(Problem(shown, 0, "", reason, "check its permissions"))
                continue
            if sidecar.youtube_id != path.stem:
                message = f"is about {sidecar.youtube_id}, not about {path.stem}"
                problems.append(Problem(shown, 0, "youtube_id", message, "remove the file"))
            found[path.stem] = sidecar
        if problems:
            raise ContentError(problems)
        return found

    def keep(self, sidecar: Sidecar) -> None:
        """Write one, in one rename; the same one again touches nothing.

        Paths in it lose this machine's part: it is kept in git.
        """
        asked, subtitles, thumbnail = map(
            self._bare, (sidecar.asked, sidecar.asked_subtitles, sidecar.asked_thumbnail)
        )
        sidecar = replace(
            sidecar, asked=asked, asked_subtitles=subtitles, asked_thumbnail=thumbnail
        )
        data = write(sidecar)
        path = self.root / path_of(sidecar.youtube_id)
        if not path.is_file() or path.read_bytes() != data:
            write_files(self.folder, [Output(path.name, data)])

    def _bare(self, asked: Asked | None) -> Asked | None:
        if asked is None:
            return None
        said = asked.said
        for root in {f"{self.root.absolute()}/", f"{os.path.realpath(self.root)}/"} - {"/"}:
            said = said.replace(root, "")
        return replace(asked, said=said) if said != asked.said else asked

    def put(self, outputs: Sequence[Output]) -> None:
        """Write files below ``content/recordings/``; all staged first."""
        write_files(self.folder, outputs)

    def keeps(self, name: str) -> bool:
        """Whether a transcript or a picture is there."""
        return (self.folder / name).is_file()

    def path_of(self, audio: AudioFile) -> str:
        """Where a file lies; empty when it is not there, or of another size."""
        path = self.audio / audio.name
        try:
            there = path.is_file() and path.stat().st_size == audio.size_bytes
        except OSError:
            there = False
        return str(path) if there else ""

    def has(self, sidecar: Sidecar) -> bool:
        """Whether the file that a sidecar names is there."""
        return sidecar.audio is not None and bool(self.path_of(sidecar.audio))

    def files(self) -> dict[str, OnDisk]:
        """What takes room, by its name below ``.talkfeeds/audio/``: finished files, downloads
        (``sources/…``) and what was left half made (``.….making``)."""
        found = {}
        for folder in (self.audio, self.sources):
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                hidden = path.name.startswith(".") and path.suffix != ".making"
                if not hidden and path.is_file():
                    about = path.stat()
                    since = datetime.fromtimestamp(about.st_mtime, UTC)
                    name = path.relative_to(self.audio).as_posix()
                    found[name] = OnDisk(about.st_size, since)
        return found

    def remove(self, name: str) -> None:
        """Remove one of ``files``."""
        try:
            (self.audio / name).unlink(missing_ok=True)
        except OSError as error:
            reason = f"cannot be removed: {(error.strerror or '').lower()}"
            raise WorldError(str(self.audio / name), reason) from error

    def drop_source(self, path: str) -> None:
        """Remove a download that was used up."""
        with suppress(OSError):  # what stays is seen by the next fetch, or by prune
            Path(path).unlink()

    def free_bytes(self) -> int:
        """What is free on the disk of the audio."""
        there = next(path for path in (self.audio, *self.audio.parents) if path.exists())
        return shutil.disk_usage(there).free

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other fetches away; WorldError when one is running."""
        try:
            self.audio.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.audio / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        except OSError as error:
            reason = f"cannot be written: {(error.strerror or '').lower()}"
            raise WorldError(str(self.audio), reason, "change its permissions") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sweep()
            yield
        except BlockingIOError:
            raise WorldError(str(self.audio), "another fetch is running", "wait for it") from None
        finally:
            os.close(lock)

    def _sweep(self) -> None:
        """Take away what a killed run had begun to write beside its place."""
        for folder in (self.folder, self.audio):
            for path in folder.glob(".*.tmp"):
                with suppress(OSError):
                    path.unlink()
        for source in self.sources.glob("*"):
            # Downloads that a file was made of: the record was written, the run ended there.
            for made in self.audio.glob(f"{source.name[:11]}*"):
                with suppress(OSError):
                    if made.is_file() and source.stat().st_mtime_ns <= made.stat().st_mtime_ns:
                        self._drop_if_recorded(source, made)

    def _drop_if_recorded(self, source: Path, made: Path) -> None:
        path = self.root / path_of(source.name[:11])
        with suppress(OSError, ContentError):
            audio = read(path.read_bytes(), str(path)).audio
            if audio is not None and audio.name == made.name:
                source.unlink()
