"""A talk that was published with audio, and is then withdrawn: gone, and said to be."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from feeds.edges.content import Folder
from feeds.jobs.digest import make_digest
from feeds.model import Week
from tests.edges.podcast.conftest import Home

ONE, TWO = "dQw4w9WgXcQ", "aaaaaaaaaaa"
FRONT = "license: CC-BY-4.0\nspeakers: [{}]\nevent: KubeCon 2017\n"
GONE = 'withdrawn: true\nreason: "Lo pidió <ella>"\nupdated: 2018-02-01T09:00:00Z\n'
WEEK = Week(2017, 49)


@pytest.fixture
def both(home: Home) -> Home:
    home.talk("uno", ONE, FRONT.format("Ada") + "position: 1\n")
    home.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n")
    home.record(ONE)
    home.record(TWO, transcript=True)
    home.build()
    return home


def texts(home: Home) -> dict[str, str]:
    return {
        path.relative_to(home.public).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(home.public.rglob("*"))
        if path.is_file()
    }


def test_it_is_gone_from_pages_mails_and_the_podcast_and_its_feeds_say_so(both: Home) -> None:
    before = texts(both)
    assert {"audio/dos.m4a", "talks/dos/index.html", "covers/square/dos.jpg"} <= set(before)
    both.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n" + GONE)
    both.build()
    after = texts(both)
    assert not [path for path in after if "dos" in path or TWO in path]
    speaking = {path for path, text in after.items() if "Charla dos" in text or TWO in text}
    assert speaking == set()
    entombed = {path for path, text in after.items() if "notas/dos" in text}
    assert entombed == {
        "feed.atom",
        "events/kubecon-2017/feed.atom",
        "speakers/zoe/feed.atom",
        "languages/es/feed.atom",
    }
    for path in entombed:
        root = etree.fromstring(after[path].encode())
        (stone,) = root.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
        assert stone.get("ref") == "tag:talks.example,2026:notas/dos"
        assert stone.get("when") == "2018-02-01T09:00:00+00:00"
        assert [child.text for child in stone] == ["Lo pidió <ella>"]
    assert after["podcast.rss"].count("<item") == 1
    assert before["podcast.rss"].count("<item") == 2
    assert "Lo pidió" not in "".join(t for p, t in after.items() if p not in entombed)


def test_no_digest_tells_it(both: Home) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    told = make_digest(Folder(both.root), WEEK, now).digest
    assert told is not None
    assert "Charla dos" in told.text
    both.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n" + GONE)
    told = make_digest(Folder(both.root), WEEK, now).digest
    assert told is not None
    assert "Charla uno" in told.text
    assert "Charla dos" not in told.text + told.html


@pytest.mark.slow
def test_when_it_comes_back_everything_is_as_it_was(both: Home) -> None:
    before = texts(both)
    both.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n" + GONE)
    both.build()
    both.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n")
    both.build()
    assert texts(both) == before


@pytest.mark.parametrize(("private", "named"), [("false", True), ("true", False)])
def test_the_podcast_names_the_hub_unless_it_is_private(
    both: Home, private: str, named: bool
) -> None:
    both.settings(f'[feed]\nhub = "https://hub.example/"\n[podcast]\nprivate = {private}\n')
    both.build()
    (path,) = both.public.rglob("podcast.rss")
    root = etree.fromstring(path.read_bytes())
    links = root.findall("channel/{http://www.w3.org/2005/Atom}link")
    found = [link.get("href") for link in links if link.get("rel") == "hub"]
    assert found == (["https://hub.example/"] if named else [])
    style = path.read_text("utf-8").splitlines()[1]
    depth = "../" * path.relative_to(both.public).as_posix().count("/")
    assert style == f'<?xml-stylesheet type="text/css" href="{depth}feed.css"?>'


def test_its_id_and_its_slug_stay_taken(both: Home) -> None:
    from feeds.errors import ContentError

    both.talk("dos", TWO, FRONT.format("Zoe") + "position: 2\n" + GONE)
    both.talk("tres", "", 'slug: "dos"\n')
    with pytest.raises(ContentError, match="dos is also that of"):
        both.build()
