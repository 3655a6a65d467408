"""The search index: what words are, and files from which every page is found again."""

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Kept, Output
from feeds.plan import plan
from feeds.render import finding, search
from feeds.render.markdown import body_of
from feeds.render.search import Index, Where, words_of, words_of_html, words_path
from tests.support import REPOSITORY, make_kit, make_talk


def files_of(index: Index) -> dict[str, Any]:
    """Every file, read as JSON, by its path."""
    outputs = [output for output in index.outputs() if isinstance(output, Output)]
    return {output.path: json.loads(output.data) for output in outputs}


def found(files: dict[str, Any], word: str) -> dict[int, Where]:
    """The pages that hold a word, and where, as the script reads it."""
    hits: dict[int, Where] = {}
    for beginning in files[search.INDEX_PATH]["words"]:
        if word.startswith(beginning):
            posting = 0
            for step in files[words_path(beginning)].get(word, ()):
                posting += step
                hits[posting >> 2] = Where(posting & 3)
    return hits


def page_at(files: dict[str, Any], number: int) -> list[str]:
    """What is shown of a page."""
    a_file = files[search.INDEX_PATH]["pages_a_file"]
    page: list[str] = files[f"search/pages-{number // a_file}.json"][number % a_file]
    return page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Función de CLÚSTER", ["funcion", "de", "cluster"]),
        ("kube-dns, v1.9!", ["kube", "dns", "v1", "9"]),
        ("C++ and C#", ["c", "and", "c"]),
        ("snake_case", ["snake", "case"]),
        ("ﬁn ½ ℌ", ["fin", "1", "2", "h"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("Straße", ["straße"]),
        ("e\u0301" * 3, ["eee"]),
        ("x" * 50, ["x" * 32]),
        ("\ud800 \x00", []),
        ("", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_html_is_read_without_its_tags() -> None:
    html = '<p>uno<br>dos &amp; <a href="/tres">cuatro</a>&#8203;</p><ul><li>cinco</li></ul>'
    assert words_of_html(html) == ["uno", "dos", "cuatro", "cinco"]


@given(st.text())
def test_folding_once_more_changes_nothing(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    for word in words:
        assert not any(unicodedata.category(char)[0] in "MZPC" for char in word)


@given(st.text(st.sampled_from("aZ9_ -\n\0\x1cáÑñ½ßæ…ıİΣς\u0301\u200b日ﬁ") | st.characters()))
def test_the_short_ways_lead_where_the_long_one_does(text: str) -> None:
    folded = text.translate(search._FOLDED)
    assert search.folded(text) == folded
    assert words_of(text) == [word[: search.MAX_WORD] for word in search._WORD.findall(folded)]


def test_the_script_cuts_words_where_the_index_does() -> None:
    script = (REPOSITORY / "templates" / "search.js").read_text("utf-8")
    (ranges,) = re.findall(r'const CJK = "(.*)";', script)
    assert ranges.replace("\\\\", "\\").encode().decode("unicode_escape") == search._CJK
    assert f"slice(0, {search.MAX_WORD})" in script
    assert f"const WEIGHTS = [{', '.join('0' for _ in range(Where.TEXT))}" in script


def test_the_best_place_of_a_word_counts() -> None:
    index = Index()
    index.add(0, ("a/", "Title word", "below"), ["about word"], ["<p>text word about</p>"])
    index.add(1, ("b/", "Other", "below"), ["word"], ["<p>word</p>"])
    index.add(2, ("c/", "Third", "below word"), [], ["<p>word</p>"])
    files = files_of(index)
    assert found(files, "word") == {0: Where.TITLE, 1: Where.ABOUT, 2: Where.TEXT}
    assert found(files, "about") == {0: Where.ABOUT}
    assert found(files, "text") == {0: Where.TEXT}
    assert found(files, "below") == {}, "it says again what is indexed already"
    assert [page_at(files, number)[0] for number in range(3)] == ["a/", "b/", "c/"]


@given(st.lists(st.lists(st.text("abcé日", min_size=1, max_size=6), max_size=20), max_size=12))
def test_every_word_of_every_page_is_found_however_small_the_files(
    pages: list[list[str]],
) -> None:
    for most in (40, 400, 48_000):
        index = Index()
        for number, words in enumerate(pages):
            index.add(number, (f"{number}/", "", ""), [], [" ".join(words)])
        files = files_of_at_most(index, most)
        known = files[search.INDEX_PATH]["words"]
        assert sorted(known) == known
        assert {f for f in files if "words" in f} == set(map(words_path, known))
        for number, words in enumerate(pages):
            for word in words_of(" ".join(words)):
                assert number in found(files, word)
        held = [word for path in files if "words-" in path for word in files[path]]
        assert len(set(held)) == len(held), "each word in one file"
        assert set(held) == {word for words in pages for word in words_of(" ".join(words))}


def files_of_at_most(index: Index, most: int) -> dict[str, Any]:
    """The files, when they are cut at so many characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_MAX_FILE_CHARS", most)
        return files_of(index)


def test_files_stay_small() -> None:
    index = Index()
    for number in range(450):
        text = " ".join(f"w{number * 7 + step} common" for step in range(60))
        index.add(number, (f"talks/{number}/", f"Talk {number}", "who"), [], [text])
    outputs = {output.path: getattr(output, "data", b"") for output in index.outputs()}
    words = {path: data for path, data in outputs.items() if "words-" in path}
    assert len(words) > 3
    assert all(len(data) <= 50_000 for data in words.values())
    assert [path for path in outputs if "pages-" in path] == [
        "search/pages-0.json",
        "search/pages-1.json",
        "search/pages-2.json",
    ]
    files = files_of(index)
    assert len(found(files, "common")) == 450
    assert page_at(files, 449) == ["talks/449/", "Talk 449", "who"]


def test_no_pages_make_an_index_all_the_same() -> None:
    assert files_of(Index()) == {
        "search/index.json": {"pages": 0, "pages_a_file": 200, "words": []}
    }


def index_words(index: Index) -> dict[str, list[int]]:
    """Each word's postings, as they are written."""
    found: dict[str, list[int]] = {}
    for path, words in files_of(index).items():
        if "words-" in path:
            found |= words
    return found


def test_a_later_talk_leaves_the_numbers_of_the_others() -> None:
    def postings(index: Index) -> dict[str, Any]:
        return {path: data for path, data in files_of(index).items() if "words-" in path}

    one, two = Index(), Index()
    for number, title in enumerate(("alpha", "beta")):
        one.add(number, (f"{title}/", title, ""))
    for number, title in reversed(list(enumerate(("alpha", "beta", "gamma")))):
        two.add(number, (f"{title}/", title, ""))
    index = Index()
    for number in (2, 0, 1):
        index.add(number, (f"{number}/", "word", ""))
    assert index_words(index) == {"word": [0 * 4 + 3, 4, 4]}, "each from the one before"
    for word in ("alpha", "beta"):
        assert (
            postings(one)["search/words-.json"][word] == (postings(two)["search/words-.json"][word])
        )


def test_a_talk_is_found_by_all_that_it_says() -> None:
    kit = make_kit()
    talk = make_talk(tags=("escalamiento",), kind="keynote", title="Límites")
    body = body_of(talk, kit.publication.base_url)
    index = Index()
    index.add(0, *finding.of_talk(kit, talk, body))
    files = files_of(index)
    told = {word: where for word in words_told(files) for where in found(files, word).values()}
    assert told["limites"] == Where.TITLE
    for word in ("escalamiento", "zihao", "engineer", "hbo", "kubecon", "austin", "keynote"):
        assert told[word] == Where.ABOUT, word
    for word in ("organiser", "larga"):
        assert told[word] == Where.TEXT, word
    assert page_at(files, 0) == [
        "talks/talk-1/",
        "Límites",
        "Zihao Yu (HBO), Illya Chekrygin · KubeCon 2017 · 7\u00a0dic\u00a02017",
    ]


def words_told(files: dict[str, Any]) -> list[str]:
    """Every word of the index."""
    return [word for path in files if "words-" in path for word in files[path]]


def test_tags_speakers_and_events_are_found_by_their_names() -> None:
    kit = make_kit()
    planned = plan(kit.publication, [make_talk(tags=("C++",)), make_talk(2)])
    told = {page[0]: page[1:] for page, _about, _texts in finding.of_groups(kit, planned)}
    assert told["events/kubecon-2017/"] == ("KubeCon 2017", "Evento · 2 pláticas")
    assert told["speakers/zihao-yu/"] == ("Zihao Yu", "Ponente · 2 pláticas")
    assert told["languages/es-mx/"][0] == "español (México)"
    assert [words for path, words in told.items() if path.startswith("tags/c-")] == [
        ("C++", "Etiqueta · 1 plática")
    ]


@given(st.data())
def test_pages_that_are_exchanged_give_the_files_of_a_new_index(data: st.DataObject) -> None:
    """Also where words come and go, and the files are cut elsewhere."""
    alphabet = st.text("abc", min_size=1, max_size=3)
    page = st.dictionaries(alphabet, st.integers(1, 3), max_size=6)
    pages = data.draw(st.lists(page, min_size=1, max_size=8))

    def index(found: list[dict[str, int]]) -> Index:
        made = Index()
        for number, words in enumerate(found):
            made.put(number, (f"{number}/", str(words.get("a", "")), ""), words)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feeds.render.search._MAX_FILE_CHARS", 40)
        patch.setattr("feeds.render.search.PAGES_A_FILE", 3)
        patch.setattr("feeds.render.search._PART_BYTES", 50)
        patch.setattr("feeds.render.search._FILES_A_PART", 2)
        made = index(pages)
        files = {
            output.path: output.data for output in made.outputs() if isinstance(output, Output)
        }
        for _ in range(2):
            parts = {name: make() for name, make in made.packed().items()}
            opened = Index.opened(parts.__getitem__)
            for number in data.draw(st.sets(st.integers(0, len(pages) - 1))):
                before, pages[number] = pages[number], data.draw(page)
                shown = (f"{number}/", str(pages[number].get("a", "")), "")
                opened.exchange(number, shown, before, pages[number])
            outputs = list(opened.outputs())
            assert all(output.path in files for output in outputs if isinstance(output, Kept))
            files = {
                output.path: output.data if isinstance(output, Output) else files[output.path]
                for output in outputs
            }
            whole = {output.path: getattr(output, "data", b"") for output in index(pages).outputs()}
            assert files == whole
            made = opened
