"""What servers answered, held against what documents say of their addresses."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from feeds.check.documents.sheet import Fault
from feeds.check.links.references import Reference, Use
from feeds.check.links.sites import Art, art_faults, bare_type, fault

PERMANENT = (301, 308)
# Refused to programs, or to whoever has no account: it may be there for people.
_REFUSED = {401, 402, 403, 405, 406, 407, 412, 418, 421, 423, 429, 451, 999}
_GENERAL = {"application/octet-stream", "binary/octet-stream", ""}
_SAME = (
    {"audio/mp4", "audio/x-m4a", "audio/m4a"},
    {"audio/mpeg", "audio/mp3"},
    {"audio/ogg", "audio/opus", "application/ogg"},
    {"application/json", "application/json+chapters"},
    {"application/srt", "application/x-subrip", "text/srt"},
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: with which status, and where to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class File:
    """What a server says of a file that players fetch; −1 where it says nothing.

    ``head_status`` and ``head_bytes`` are HEAD's, ``got_bytes`` what GET gave,
    ``range_status`` and ``range_said`` the answer to the first byte alone, ``beyond_status``
    the one to bytes behind the end, ``origin`` Access-Control-Allow-Origin.
    """

    type: str = ""
    head_status: int = -1
    head_bytes: int = -1
    got_bytes: int = -1
    range_status: int = -1
    range_said: str = ""
    beyond_status: int = -1
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """An address, and everything that is to be known of it.

    ``stranger``: only documents from the open net name it, so it may not lead into a private one.
    """

    url: str
    uses: frozenset[Use] = frozenset({Use.LINK})
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. ``status`` is the last one, 0 where there was none.

    ``trouble`` is ``slow``, ``loop``, ``unasked`` (the server had asked, with ``status``, to be
    left alone), or what else kept the server from answering.
    """

    url: str
    status: int = 0
    trouble: str = ""
    hops: tuple[Hop, ...] = ()
    file: File | None = None
    art: Art | None = field(default=None)

    @property
    def is_good(self) -> bool:
        """Whether the address is there."""
        return 200 <= self.status < 300 and not self.trouble


def answer_faults(reference: Reference, answer: Answer, limit_s: float) -> Iterator[Fault]:
    """What is wrong with one link. ``limit_s`` is how long was waited."""
    if answer.trouble == "slow":
        yield fault(reference, "link-slow", limit=f"{limit_s:g}")
    elif answer.trouble == "loop":
        yield fault(reference, "link-loop")
    elif answer.trouble == "unasked":
        yield fault(reference, "link-unasked", status=answer.status)
    elif answer.trouble:
        yield fault(reference, "link-unreachable", detail=answer.trouble)
    elif answer.status in _REFUSED:
        yield fault(reference, "link-refused", status=answer.status)
    elif 400 <= answer.status < 500:
        yield fault(reference, "link-gone", status=answer.status)
    elif not answer.is_good:
        yield fault(reference, "link-failing", status=answer.status)
    else:
        yield from _good_faults(reference, answer)


def _good_faults(reference: Reference, answer: Answer) -> Iterator[Fault]:
    if answer.hops:
        # What a browser would keep: as far as every step is a permanent one.
        kept = 0
        while kept < len(answer.hops) and answer.hops[kept].status in PERMANENT:
            kept += 1
        if kept:
            yield fault(reference, "link-moved", other=answer.hops[kept - 1].url)
        else:
            yield fault(reference, "link-elsewhere", other=answer.hops[-1].url)
    if answer.file is not None and reference.use is Use.ENCLOSURE:
        yield from _enclosure_faults(reference, answer.file)
    if answer.file is not None and reference.use in {Use.TRANSCRIPT, Use.CHAPTERS}:
        yield from _read_faults(reference, answer.file)
    if answer.art is not None and reference.use is Use.ART:
        yield from art_faults(reference, answer.art)


def _enclosure_faults(reference: Reference, file: File) -> Iterator[Fault]:
    if (length := reference.length_bytes) not in {-1, file.got_bytes}:
        said = {"found": f"{file.got_bytes:,}", "wanted": f"{length:,}"}
        yield fault(reference, "enclosure-length", **said)
    if not _is_type(file.type, reference.type):
        found = bare_type(file.type) or "of no type"
        yield fault(reference, "enclosure-type", found=found, wanted=reference.type)
    got = f"{file.got_bytes:,}"
    if not 200 <= file.head_status < 300:
        yield fault(reference, "enclosure-head", detail=file.head_status, found=got)
    elif file.head_bytes != file.got_bytes:
        said_bytes = f"{file.head_bytes:,}" if file.head_bytes >= 0 else "nothing"
        yield fault(reference, "enclosure-head", detail=said_bytes, found=got)
    wanted = f"bytes 0-0/{file.got_bytes}"
    if file.range_status != 206:
        yield fault(reference, "enclosure-ranges", detail=f"status {file.range_status}, not 206")
    elif file.range_said.strip().lower() != wanted:
        detail = f"Content-Range: {file.range_said or '?'}"
        yield fault(reference, "enclosure-ranges", detail=detail)
    elif file.beyond_status != 416:
        yield fault(reference, "enclosure-beyond", status=file.beyond_status)


def _read_faults(reference: Reference, file: File) -> Iterator[Fault]:
    if file.origin.strip() != "*":
        yield fault(reference, "file-cors")
    if bare_type(file.type) in _GENERAL or not _is_type(file.type, reference.type):
        found = bare_type(file.type) or "?"
        yield fault(reference, "file-type", found=found, wanted=reference.type)


def _is_type(found: str, said: str) -> bool:
    found, said = bare_type(found), bare_type(said)
    return not said or found == said or any({found, said} <= same for same in _SAME)
