"""What the keys of units are made of: whatever a file shows stands for itself in its unit's key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from feeds.jobs.records import Known, digest
from feeds.model import Talk
from feeds.naming import Kind, names_of
from feeds.plan import Plan
from feeds.render.kit import Kit


@dataclass(slots=True)
class Keys:
    """What units make their keys of. ``base`` stands for what is the same for all of them,
    ``known`` has the talks by slug; ``everything`` stands for the plan as a whole. ``shown`` and
    ``records`` are what ``face`` and ``contents`` would give, where that is known."""

    base: bytes
    plan: Plan
    known: Mapping[str, Known]
    everything: bytes = b""
    shown: Mapping[str, bytes] = field(default_factory=dict)
    records: bytes = b""
    _faces: dict[str, bytes] = field(default_factory=dict)
    _groups: dict[tuple[Kind, str], str] = field(default_factory=dict)

    def record(self, talk: Talk) -> bytes:
        """What stands for a talk whole, and for how it is linked."""
        return self.known[talk.slug].key + self.face(talk)

    def face(self, talk: Talk | None) -> bytes:
        """What stands for what lists show of a talk, and for the pages that this leads to."""
        if talk is None:
            return b""
        found = self._faces.get(talk.slug) or self.shown.get(talk.slug)
        if found is None:
            names = "\n".join(self._group(kind, n) for kind in Kind for n in names_of(kind, talk))
            found = self._faces[talk.slug] = digest(self.known[talk.slug].face, names)
        return found

    def faces(self, talks: Iterable[Talk]) -> bytes:
        """The same for several."""
        return b"".join([self.face(talk) for talk in talks])

    def contents(self) -> bytes:
        """What stands for all talks, newest first."""
        known = self.known
        return self.records or b"".join([known[talk.slug].key for talk in self.plan.talks])

    def of(self, *parts: bytes | str) -> bytes:
        """A unit's key."""
        return digest(self.base, *parts)

    def _group(self, kind: Kind, name: str) -> str:
        found = self._groups.get((kind, name))
        if found is None:
            group = self.plan.group(kind, name)
            found = self._groups[kind, name] = f"{group.path} {group.name}"
        return found


def base_of(record_base: bytes, kit: Kit, plan: Plan, more: bytes = b"") -> bytes:
    """What stands for all that is the same for every unit; ``more`` is what templates may show."""
    frame = (
        [bool(plan.groups[kind]) for kind in Kind],
        len(plan.groups[Kind.LANGUAGE]) > 1,
        bool(plan.issues),
        kit.show and (kit.show.folder, kit.show.guid, bool(kit.audible)),
    )
    return digest(record_base, repr(frame), more)
