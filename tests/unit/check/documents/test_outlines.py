"""OPML of many feeds: outlines in folders are looked at as they end, and let go."""

import tracemalloc

import pytest

from feeds.check.documents import tree
from feeds.check.documents.reading import check_document
from feeds.check.documents.sheet import Facts, Fault

# Something is wrong at every depth, in the head, and behind the body.
_ODD = """\
<opml version="2.0" xmlns:x="https://x.example/">
<head><title>T</title><outline><outline bad="1"/></outline></head>
<body>text
<outline type="rss">
 <outline text="a" type="rss"/>
 <outline text="b" type="rss" xmlUrl="https://b.example/feed">said
  <outline type="link" text="c"><odd/><outline isComment="maybe"/></outline>
  <x:outline><outline created="yesterday"/></x:outline>
 </outline>
 <odd><outline language="?"/></odd>
 <outline text="d" xmlUrl="d"/>
 <x:outline/>
</outline>
<outline text="e" type="rss" xmlUrl="https://e.example/">
 <outline text="f" type="rss" xmlUrl="https://f.example/"/>
</outline>
<odd><outline><outline url="g"/></outline></odd>
</body>
<outline><outline/></outline>
</opml>
"""


def _checked(text: str) -> tuple[list[Fault], Facts]:
    return check_document(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        _ODD,
        _ODD.replace('version="2.0"', 'version="1.0"'),
        _ODD.replace('version="2.0"', ""),
        # A body behind a body, and none at all.
        _ODD.replace("</body>", "</body><body><outline><outline/></outline></body>"),
        _ODD.replace("body>", "bodies>"),
        _ODD.replace("<opml", "<x:opml").replace("</opml", "</x:opml"),
        _ODD.replace("<body>text", '<body xmlns="https://y.example/">'),
    ],
)
def test_the_same_is_said_whether_outlines_are_let_go_or_not(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _checked(text)
    monkeypatch.setattr(tree, "_DEEPEST_OPML", 0)
    assert found == _checked(text)
    assert found[0]


def test_its_feeds_are_told_in_their_order() -> None:
    _, facts = _checked(_ODD)
    assert [entry.title for entry in facts.entries] == ["b", "d", "e", "f"]


def test_many_feeds_in_a_folder_take_little_memory() -> None:
    outline = '<outline text="t{0}" type="rss" xmlUrl="https://f.example/{0}" title="t{0}"/>\n'
    feeds = "".join(map(outline.format, range(5_000)))
    head = '<opml version="2.0"><head><title>T</title></head><body><outline text="F">'
    data = f"{head}{feeds}</outline></body></opml>".encode()
    tracemalloc.start()
    try:
        faults, facts = check_document(data, thorough=False)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (faults, len(facts.entries)) == ([], 5_000)
    # What other documents are compared with: 0.4 KB each. Elements take 1 KB more.
    assert most < 5_000 * 700
