"""Any sequence of what people and operators do, against a model that fits on a page."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from feeds.edges.ledger import Ledger
from feeds.errors import WorldError
from feeds.jobs.subscribers import Imported, add, forget, import_csv, remove
from feeds.model import Status, Subscriber
from feeds.subscribers import write_csv
from tests.edges.ledger.conftest import Place
from tests.examples import examples

NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
LEFT = {Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED}
ORDER = list(Status)
# Two spellings of the first mailbox: they are one person.
emails = st.sampled_from(["ana@example.org", "Ana@example.org", "b@example.org", "ñ@example.org"])
statuses = st.sampled_from(ORDER)
rows = st.lists(st.tuples(emails, statuses), unique_by=lambda row: row[0].lower(), max_size=3)


class People(RuleBasedStateMachine):
    """The ledger beside two dictionaries. ``rested``: who left, or was forgotten, and when."""

    folder: tempfile.TemporaryDirectory[str]
    ledger: Ledger

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Status] = {}
        self.forgotten: set[str] = set()
        with self.ledger.changing() as register:
            for person in list(register.each()):
                register.erase(person.email)
            for email in ("ana@example.org", "b@example.org", "ñ@example.org"):
                register.unsuppress(email)

    @rule(email=emails, confirmed=st.booleans(), again=st.booleans())
    def add(self, email: str, confirmed: bool, again: bool) -> None:
        key, status = email.lower(), Status.CONFIRMED if confirmed else Status.PENDING
        known = self.people.get(key)
        try:
            state, found = add(self.ledger, Subscriber(email, status, NOW), again=again)
        except WorldError:
            assert not again
            assert key in self.forgotten or known in LEFT
            return
        assert again or (key not in self.forgotten and known not in LEFT)
        self.forgotten.discard(key)
        if known is None or known in LEFT or ORDER.index(status) > ORDER.index(known):
            assert state != "unchanged"
            self.people[key] = status
        else:
            assert state == "unchanged"
        assert found.status == self.people[key]

    @rule(email=emails)
    def remove(self, email: str) -> None:
        key = email.lower()
        try:
            changed, found = remove(self.ledger, email, NOW)
        except WorldError:
            assert key not in self.people
            return
        assert changed == (self.people[key] not in LEFT)
        if changed:
            self.people[key] = Status.UNSUBSCRIBED
        assert found.status == self.people[key]

    @rule(email=emails)
    def forget(self, email: str) -> None:
        key = email.lower()
        before = key in self.forgotten and key not in self.people
        assert forget(self.ledger, email, NOW).fresh == (not before)
        self.people.pop(key, None)
        self.forgotten.add(key)

    @rule(rows=rows)
    def take(self, rows: list[tuple[str, Status]]) -> None:
        lines = [b"email,status\n", *(f"{email},{status}\n".encode() for email, status in rows)]
        found = import_csv(self.ledger, lines, "a.csv", NOW)
        expected = Imported()
        for email, status in rows:
            key = email.lower()
            known = self.people.get(key)
            if key in self.forgotten:
                expected = replace(expected, suppressed=expected.suppressed + 1)
            elif known is None:
                expected = replace(expected, added=expected.added + 1)
                self.people[key] = status
            elif ORDER.index(status) > ORDER.index(known):
                expected = replace(expected, changed=expected.changed + 1)
                self.people[key] = status
            elif status == known:
                expected = replace(expected, unchanged=expected.unchanged + 1)
            else:
                expected = replace(expected, kept=expected.kept + 1)
        assert found == expected

    @rule()
    def round_trip(self) -> None:
        with self.ledger.reading() as register:
            lines = "".join(write_csv(register.each())).encode().splitlines(keepends=True)
        found = import_csv(self.ledger, lines, "a.csv", NOW)
        assert found == Imported(unchanged=len(self.people))

    @invariant()
    def the_same(self) -> None:
        with self.ledger.reading() as register:
            found = {person.email.lower(): person.status for person in register.each()}
            counts = register.counts()
        assert found == self.people
        assert counts.subscribers == len(self.people)
        assert counts.suppressed == len(self.forgotten)
        assert counts.receiving == list(self.people.values()).count(Status.CONFIRMED)


class TestPeople(People.TestCase):  # type: ignore[valid-type,misc]
    """One database for all examples: each begins by emptying it."""

    settings = settings(max_examples=examples(40), stateful_step_count=25)

    @classmethod
    def setUpClass(cls) -> None:
        People.folder = tempfile.TemporaryDirectory()
        People.ledger = Place(Path(People.folder.name) / ".talkfeeds").open()

    @classmethod
    def tearDownClass(cls) -> None:
        People.ledger.close()
        People.folder.cleanup()
