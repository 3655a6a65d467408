"""However a publication came to be what it is, what is built of it is the same, byte for byte."""

import itertools
import os
import random
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from feeds.edges import content, stamps
from feeds.edges.content import Folder
from feeds.edges.crew import Crew
from feeds.edges.memory import Memory
from feeds.edges.output import Site
from feeds.edges.shelf import Shelf
from feeds.edges.stamps import Looks
from feeds.errors import ContentError
from feeds.jobs.build import build
from feeds.jobs.built import Built
from feeds.recordings import Facts, Sidecar, path_of, write
from feeds.render import cards
from feeds.render.covers import Cover

SECRET = "s" * 40
IDS = ("aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc")
TITLES = st.sampled_from(["Uno", "Dos & <tres>", "Cuatro", "Ünïcode"])
NAMES = st.sampled_from(["Ana Pérez", "Luis Gómez", "Mei Chen", "ana pérez"])
TAGS = st.lists(st.sampled_from(["go", "Go", "rust", "c++", "c--"]), max_size=3, unique=True)
WORDS = st.sampled_from(
    ["hola", "adiós mundo", "[liga](slides/a.pdf)", "![x](a.png)", "* uno\n* dos"]
)


class Publication:
    """A folder that is edited and built again and again, with a memory."""

    def __init__(self, root: Path) -> None:
        self.root, self.public = root, root / "public"
        self.ticks = itertools.count(1)
        self.settings = {"title": "T", "entries": 3, "author": "A"}
        (root / "content" / "talks").mkdir(parents=True)
        self.write_settings()

    def write(self, path: str, text: str | bytes) -> None:
        """A file with a time of its own: the disk's steps are too long for a test."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        stamp = 10**18 + next(self.ticks) * 10**9
        os.utime(target, ns=(stamp, stamp))

    def write_settings(self) -> None:
        found = self.settings
        self.write(
            "content/publication.toml",
            f'title = "{found["title"]}"\nid = "tag:example.org,2026:t"\nlanguage = "es"\n'
            f'base_url = "https://example.org/x/"\nauthor = "{found["author"]}"\n'
            f"[feed]\nentries = {found['entries']}\n",
        )

    def build(self, processes: int = 1) -> Built:
        looks = Looks(self.root)
        memory = Memory(self.root, self.public, ("t",), looks)
        shelf = Shelf(self.root, SECRET)
        site = Site(self.public, self.root / "content")
        built = build(
            Folder(self.root, looks), site, "", shelf=shelf, memory=memory, crew=Crew(processes, 2)
        )
        memory.seal({"n": 1}, built.paths, built.touched)
        return built

    def glance(self) -> bool:
        """Whether a build would find nothing to do."""
        return Memory(self.root, self.public, ("t",), Looks(self.root)).glance() is not None

    def clean(self) -> dict[str, bytes]:
        """What a first build makes."""
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder) / "public", self.root / "content")
            build(Folder(self.root), site, "", shelf=Shelf(self.root, SECRET))
            return files_of(Path(folder) / "public")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(autouse=True)
def _no_file_is_too_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's files are younger than a person's; each has another time instead."""
    for module in ("content", "stamps"):
        monkeypatch.setattr(f"feeds.edges.{module}.STEP_NS", -(10**15))
    monkeypatch.setattr("feeds.edges.crew.PORTION", 3)


@pytest.fixture
def publication(tmp_path: Path) -> Publication:
    return Publication(tmp_path)


def talk(title: str = "Uno", day: int = 7, **more: Any) -> str:
    front = "".join(f"{key}: {value}\n" for key, value in more.items() if key != "notes")
    head = f'title: "{title}"\ndate: 2017-12-{day:02}\n{front}'
    return f"---\n{head}---\n\n{more.get('notes', 'hola')}\n"


class Edits(RuleBasedStateMachine):
    """Random edits; after each, what was built again is what a first build makes."""

    @initialize(young=st.booleans())
    def begin(self, young: bool) -> None:
        # All files too young to be known by their times, or none; the fixture puts it back.
        for module in (stamps, content):
            vars(module).update(STEP_NS=10**15 if young else -(10**15))
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.it = Publication(Path(folder))
        self.names = itertools.count(1)
        self.talks: dict[str, dict[str, Any]] = {}
        for _ in range(4):
            self.add("Uno", 7, "Ana Pérez", ["go"], "hola")

    def save(self, name: str) -> None:
        given = self.talks[name]
        self.it.write(f"content/talks/{name}.md", talk(**given))

    def one(self, choice: int) -> str | None:
        names = sorted(self.talks)
        return names[choice % len(names)] if names else None

    @rule(title=TITLES, day=st.integers(1, 28), who=NAMES, tags=TAGS, notes=WORDS)
    def add(self, title: str, day: int, who: str, tags: list[str], notes: str) -> None:
        number = next(self.names)
        name = f"t{number}"
        self.talks[name] = {
            "title": title,
            "day": day,
            "id": f"tag:example.org,2026:t/{number}",
            "speakers": f"[{{name: {who}}}]",
            "tags": f"[{', '.join(tags)}]",
            "event": f"{{name: Conf {day % 3}}}",
            "youtube": f"https://youtu.be/{IDS[number % 3]}",
            "notes": notes,
        }
        self.save(name)

    @rule(
        choice=st.integers(0),
        key=st.sampled_from(["notes", "title", "tags", "who", "day"]),
        data=st.data(),
    )
    def edit(self, choice: int, key: str, data: st.DataObject) -> None:
        if (name := self.one(choice)) is None:
            return
        given = self.talks[name]
        if key == "notes":
            given["notes"] = data.draw(WORDS)
        elif key == "title":
            given["title"] = data.draw(TITLES)
        elif key == "tags":
            given["tags"] = f"[{', '.join(data.draw(TAGS))}]"
        elif key == "who":
            given["speakers"] = f"[{{name: {data.draw(NAMES)}}}]"
        else:
            given["day"] = data.draw(st.integers(1, 28))
        self.save(name)

    @rule(choices=st.lists(st.integers(0), min_size=1, max_size=3), notes=WORDS)
    def write_more(self, choices: list[int], notes: str) -> None:
        """What lists show of a talk stays as it was, so that most of what is known need not be
        opened."""
        for choice in choices:
            if name := self.one(choice):
                self.talks[name]["notes"] += f"\n\n{notes}"
                self.save(name)

    @rule(choice=st.integers(0), key=st.sampled_from(["draft", "withdrawn"]))
    def hide_or_show(self, choice: int, key: str) -> None:
        if (name := self.one(choice)) is None:
            return
        given = self.talks[name]
        if given.pop(key, None) is None:
            given[key] = "true"
            given["reason"] = "por error"
        if "draft" not in given and "withdrawn" not in given:
            given.pop("reason", None)
        if "draft" in given and "withdrawn" in given:
            given.pop("draft")
        if "withdrawn" not in given:
            given.pop("reason", None)
        self.save(name)

    @rule(choice=st.integers(0))
    def rename(self, choice: int) -> None:
        if (name := self.one(choice)) is None:
            return
        other = f"r{next(self.names)}"
        self.talks[other] = self.talks.pop(name)
        path = self.it.root / "content" / "talks"
        (path / f"{name}.md").rename(path / f"{other}.md")

    @rule(choice=st.integers(0))
    def delete(self, choice: int) -> None:
        if (name := self.one(choice)) is None:
            return
        del self.talks[name]
        (self.it.root / "content" / "talks" / f"{name}.md").unlink()

    @rule(
        key=st.sampled_from(["title", "author"]),
        value=st.sampled_from(["T", "Otro"]),
        entries=st.integers(1, 4),
    )
    def change_a_setting(self, key: str, value: str, entries: int) -> None:
        self.it.settings |= {key: value, "entries": entries}
        self.it.write_settings()

    @rule(
        name=st.sampled_from(["line.html", "base.html", "entry.html", "style.css"]),
        word=st.sampled_from(["", "a", "b"]),
    )
    def change_a_template(self, name: str, word: str) -> None:
        path = self.it.root / "templates" / name
        if not word:
            path.unlink(missing_ok=True)
            return
        from feeds.edges.content import shipped_templates

        source = shipped_templates()[name].source
        everything = (
            "{% if plan is defined %}{{ plan.talks | map(attribute='notes') | join }}{% endif %}"
        )
        more = f"<!-- {word} -->" + (everything if name == "base.html" else "")
        self.it.write(f"templates/{name}", source + ("" if name == "style.css" else more))

    @rule(which=st.sampled_from(IDS), seconds=st.sampled_from([None, 60.0, 90.0]))
    def record(self, which: str, seconds: float | None) -> None:
        path = path_of(which)
        if seconds is None:
            (self.it.root / path).unlink(missing_ok=True)
        else:
            self.it.write(path, write(Sidecar(which, Facts(duration_s=seconds))))

    @rule(
        name=st.sampled_from(["slides/a.pdf", "a.png", f"recordings/{IDS[0]}.jpg"]),
        data=st.sampled_from([b"", b"1", b"2"]),
    )
    def bring_a_file(self, name: str, data: bytes) -> None:
        if data:
            self.it.write(f"content/{name}", data)
        else:
            (self.it.root / "content" / name).unlink(missing_ok=True)

    @rule(
        seed=st.integers(0), how=st.sampled_from(["gone", "file gone", "damaged", "cut", "swapped"])
    )
    def harm_the_cache(self, seed: int, how: str) -> None:
        cache = self.it.root / ".talkfeeds" / "cache"
        files = sorted(path for path in cache.rglob("*") if path.is_file())
        if how == "gone":
            shutil.rmtree(cache, ignore_errors=True)
        elif files:
            harm(random.Random(seed), files, how)

    @rule(seed=st.integers(0), how=st.sampled_from(["gone", "changed", "added"]))
    def meddle_with_the_output(self, seed: int, how: str) -> None:
        files = sorted(path for path in self.it.public.rglob("*.*") if path.is_file())
        if not files:
            return
        path = random.Random(seed).choice([path for path in files if path.name[0] != "."])
        if how == "gone":
            path.unlink()
        elif how == "changed":
            path.write_bytes(path.read_bytes() + b" ")
        else:
            (path.parent / "stray.txt").write_text("x")

    @invariant()
    def the_same_as_a_first_build(self) -> None:
        if not hasattr(self, "it"):
            return
        before = files_of(self.it.public) if self.it.public.exists() else {}
        nothing_to_do = self.it.glance()
        built = self.it.build(processes=2 if next(self.names) % 4 == 0 else 1)
        after = files_of(self.it.public)
        after.pop(".talkfeeds-output")
        clean = self.it.clean()
        clean.pop(".talkfeeds-output")
        assert after.keys() == clean.keys()
        assert [path for path in clean if after[path] != clean[path]] == []
        # Nothing is written that is as it was.
        changed = [path for path in after if before.get(path) != after[path]]
        assert built.changes.written == len(changed)
        assert not nothing_to_do or before.keys() - {".talkfeeds-output"} == after.keys()
        assert not (nothing_to_do and changed)
        assert set(built.paths) == after.keys()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()


def harm(chance: random.Random, files: list[Path], how: str) -> None:
    """Do something to one of the files."""
    path = chance.choice(files)
    data = path.read_bytes()
    if how == "file gone":
        path.unlink()
    elif how == "damaged" and data:
        at = chance.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    elif how == "cut":
        path.write_bytes(data[: chance.randrange(len(data) + 1)])
    elif how == "swapped":
        path.write_bytes(chance.choice(files).read_bytes())


@pytest.mark.slow
def test_any_edits_give_what_a_first_build_gives() -> None:
    run_state_machine_as_test(
        Edits,
        settings=settings(
            max_examples=int(os.environ.get("TALKFEEDS_EXAMPLES", "30")),
            stateful_step_count=12,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_template_of_ones_own_shows_what_lies_beside_talks_in_lists_too(
    publication: Publication,
) -> None:
    publication.write("content/talks/a.md", talk(slides="slides/a.pdf"))
    shown = (
        "{% set found = slides_of(talk) %}{{ found.size_bytes if found }} {{ picture_of(talk) }}"
    )
    from feeds.edges.content import shipped_templates

    own = shipped_templates()["line.html"].source + shown
    publication.write("templates/line.html", own)
    for data in (b"1", b"22", b""):
        if data:
            publication.write("content/slides/a.pdf", data)
        else:
            (publication.root / "content/slides/a.pdf").unlink()
        publication.build()
        assert files_of(publication.public) == publication.clean()


def test_what_failing_builds_stored_goes_with_the_next_one(publication: Publication) -> None:
    publication.write("content/talks/a.md", talk())
    publication.build()
    publication.write("content/talks/b.md", "no front matter")
    for number in range(3):
        publication.write("content/talks/a.md", talk(notes=f"otra {number}"))
        with pytest.raises(ContentError):
            publication.build()
    assert len(list(publication.root.rglob("*.pack"))) <= 2


def test_a_card_is_drawn_again_when_something_on_it_is_another(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication.write("content/talks/a.md", talk())
    publication.build()
    drawn: list[str] = []
    draw = cards.draw

    def noted(card: Cover) -> bytes:
        if card.title in {"Uno", "Dos"}:  # and not the site's own
            drawn.append(card.title)
        return draw(card)

    monkeypatch.setattr(cards, "draw", noted)
    publication.write("content/talks/a.md", talk(notes="otra cosa"))
    publication.build()
    assert drawn == []
    publication.write("content/talks/a.md", talk(title="Dos", notes="otra cosa"))
    publication.build()
    assert drawn == ["Dos"]
    publication.write("content/talks/a.md", talk(title="Dos", notes="más"))
    (publication.public / "talks" / "a" / "card.png").unlink()
    publication.build()
    assert drawn == ["Dos", "Dos"]
    publication.write("content/talks/a.md", talk(title="Dos", notes="y más"))
    publication.settings["title"] = "Otra"
    publication.write_settings()
    publication.build()
    assert drawn == ["Dos"] * 3
    assert files_of(publication.public) == publication.clean()


@pytest.mark.parametrize("young", [True, False])
def test_a_build_with_nothing_to_do_is_seen_at_a_glance(
    publication: Publication, monkeypatch: pytest.MonkeyPatch, young: bool
) -> None:
    for module in (stamps, content):
        monkeypatch.setattr(module, "STEP_NS", 10**15 if young else -(10**15))
    publication.write("content/talks/a.md", talk())
    publication.write("templates/line.html", "<li>{{ talk.title }}</li>")
    publication.write(path_of(IDS[0]), write(Sidecar(IDS[0], Facts(duration_s=60.0))))
    publication.build()
    assert publication.glance()
    # A picture is copied and not read: while it is young, nobody knows it.
    publication.write("content/a.png", b"1")
    publication.build()
    assert publication.glance() is not young
