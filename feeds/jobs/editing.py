"""The short way of a build, when few talks' texts have changed, and nothing else: what is known of
the last one is opened where these talks stand, and nowhere else.

It makes what the long way would make, of the same units. Where anything is not as plain as that,
it gives up before anything has changed, and the long way is gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from feeds.errors import ContentError, Problem
from feeds.jobs.brief import Opened, Table
from feeds.jobs.built import Built, Destination
from feeds.jobs.keys import Keys, base_of
from feeds.jobs.loading import Loaded, Source
from feeds.jobs.made import Paths, Units, has_key, joined, key_of, paths_of
from feeds.jobs.making import Making
from feeds.jobs.past import Briefly, Memory
from feeds.jobs.records import WORDS, Known
from feeds.jobs.taking import Alone, Taking
from feeds.jobs.units import Desk, FeedPart, IssuePage, Search, TalkPage, Unit
from feeds.model import Copy, Kept, Output, Staged
from feeds.plan import Plan
from feeds.render.kit import Kit

# So many files may be others; what differs in more pays for a look at everything.
_FEW = 32
# So many may differ from what was kept of all before all is kept again: each build that changes
# some leaves a file in the store.
_MOST_CHANGED = 200
_MOST_PACKS = 24


@dataclass
class Edit:
    """One build, where everything but the talks is as it was, nothing is heard, and no template is
    the publication's own. ``record_base`` stands for what is the same for every record."""

    source: Source
    destination: Destination
    memory: Memory
    brief: Briefly
    kit: Kit
    record_base: bytes
    progress: Callable[[int, int], None]

    def run(self) -> Built | None:
        """All of it; None where it is no such edit. Then nothing has changed but the store."""
        brief = self.brief
        if brief.ground.show or self.record_base != brief.record_base or not brief.search:
            return None
        if len({known.where[0] for known in brief.changed.values()}) > _MOST_PACKS:
            return None
        self.table = Table(brief.table, self.memory, brief.changed)
        files = self._files()
        if files is None or len(brief.changed) + len(files) > _MOST_CHANGED:
            return None
        self.progress(0, self.table.count)
        self.before = {path: self.table.whole(self.table.by_path[path]) for path, _ in files}
        talks = self._read(files)
        if talks is None or not self.memory.untouched():
            return None
        self.dirty = [new for path, new in talks.items() if new.key != self.before[path].key]
        self.table = Table(brief.table, self.memory, brief.changed | talks)
        self.opened = Opened(brief.numbers, self.table, self.kit.publication)
        base = base_of(self.record_base, self.kit, self.opened.plan)
        if not has_key(brief.units.get("base"), base) or "everything" not in brief.units:
            return None
        return self._write(base, talks)

    def _files(self) -> list[tuple[str, str]] | None:
        """The files that may have changed, and what tells their states; None where they are not
        the same files, too many, or drafts or withdrawn ones among them."""
        paths, stamps = self.brief.table["paths"], self.table.stamps()
        found: list[tuple[str, str]] = []
        count = 0
        for one in self.source.talk_files():
            if isinstance(one, Problem) or count == len(paths) or one[0] != paths[count]:
                return None
            if not one[1] or one[1] != stamps[count]:
                found.append(one)
            count += 1
        few = count == len(paths) and len(found) <= _FEW
        # A draft has no record that it could be opened from.
        return found if few and not any(self.table.is_hidden(path) for path, _ in found) else None

    def _read(self, files: list[tuple[str, str]]) -> dict[str, Known] | None:
        """What is known of these talks now, by path; None where lists show another thing of one, or
        it needs other files."""
        taking = Taking(
            *(self.source, self.memory, Alone(), self.kit, self.record_base, {}),
            slim=True,
            heard=False,
        )
        try:
            talks = taking.again(files, self.before)
        except ContentError:
            return None  # the long way finds all that is wrong with any file
        for new, old in zip(talks, self.before.values(), strict=True):
            if new.face != old.face or new.references != old.references or not new.where:
                return None
        return {path: new for (path, _), new in zip(files, talks, strict=True)}

    def _write(self, base: bytes, talks: dict[str, Known]) -> Built | None:
        memory, brief, plan, units = self.memory, self.brief, self.opened.plan, self.brief.units
        self.known = self.table.known()
        desk = Desk(self.kit, plan, memory, self.known)
        known = (key_of(units["everything"]), self.table.shown())
        keys = Keys(base, plan, self.known, *known, self.table.keys(self.opened.order))
        pages = (units.get(f"talk {known.talk.slug}") for known in self.dirty)
        desk.standing = frozenset(chain.from_iterable(map(paths_of, pages)))
        todo = list(self._units(plan))
        was = {unit.name: units.get(unit.name) for unit in todo}
        gone = set(chain.from_iterable(map(paths_of, was.values())))
        those = joined(unit.key(keys) for unit in todo)
        renewed: Units = {}
        making = Making(desk, self.destination.stage, Alone(), self.progress, renewed.__setitem__)
        unsound = {known.talk.slug for known in self.dirty if not known.sound}
        making.vouch({slug for unit in todo for slug in unit.shows} - unsound)

        def outputs() -> Iterator[Output | Copy | Staged | Kept]:
            yield from making.outputs(todo, those)
            now = {path for unit in renewed.values() for path in paths_of(unit)}
            # Other files of the publication may be named as what comes or goes.
            if now != gone and (brief.told["own"] or brief.table["references"]):
                raise _OtherFilesError
            memory.forget()

        try:
            changes = self.destination.write(outputs(), frozenset(gone))
        except _OtherFilesError:
            return None
        units |= renewed
        now = {path for unit in renewed.values() for path in paths_of(unit)}
        count = brief.count + len(now) - len(gone)
        changed = brief.changed | talks
        packs = {where[0]: where for where in brief.table["wheres"] if where}
        packs |= {known.where[0]: known.where for known in changed.values()}
        search = making.search or brief.search
        loose = (brief.base_url, brief.beside, brief.record_base, brief.left_out, search)
        more = (changed, brief.renewed | renewed, count)
        memory.keep(None, (*loose, *more), [*packs.values(), search])
        told = brief.told
        return Built(
            Loaded(self.kit.publication, plan, told["drafts"], told["unminted"], self.kit.sidecars),
            replace(changes, unchanged=count - changes.written),
            told["missing"],
            left_out=brief.left_out,
            paths=Paths(units, count),
            touched=tuple(gone) if gone == now else None,
            known=True,
        )

    def _units(self, plan: Plan) -> Iterator[Unit]:
        """What shows these talks whole, in the order of ``units_of``."""
        if not self.dirty:
            return
        count = len(self.opened.order)
        changed = []
        for known in self.dirty:
            place = self.opened.order.index(self.table.by_path[known.talk.source])
            words = self.memory.get(self.before[known.talk.source].where, WORDS)
            changed.append((count - place - 1, words, known.talk))
        yield Search((self.brief.search, changed))
        slugs = [known.talk.slug for known in self.dirty]
        for place in sorted(set(map(self.opened.issue, slugs))):
            issue = plan.issues[place]
            for slug in slugs:
                if self.opened.issue(slug) == place:
                    yield TalkPage(self.known[slug].talk, issue)
            older = plan.issues[place + 1] if place + 1 < len(plan.issues) else None
            yield IssuePage(issue, older, plan.issues[place - 1] if place else None)
        # A document tells of the one that follows it.
        documents = {
            (at, part + more)
            for slug in slugs
            for at, part in self.opened.feeds(slug)
            for more in (0, 1)
        }
        for at, part in sorted(documents, key=lambda one: (one[0], -one[1])):
            feed = plan.feeds[at]
            if part < len(feed.parts):
                yield FeedPart(feed, part)


class _OtherFilesError(Exception):
    """An edit makes a file more, or one less, where others may be named as that."""
