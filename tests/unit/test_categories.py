"""Apple's categories, as publication.toml names them."""

import pytest

from feeds import settings
from feeds.categories import CATEGORIES, category_of
from feeds.errors import ContentError
from feeds.model import Publication

_BASE = b'title = "T"\nid = "tag:x.example,2026:t"\nbase_url = "https://x.example/"\n[podcast]\n'


def _parsed(line: str) -> Publication:
    return settings.parse(_BASE + line.encode(), "content/publication.toml")


def test_the_list_is_apples() -> None:
    assert len(CATEGORIES) == 19
    assert sum(len(subs) for subs in CATEGORIES.values()) == 91


def test_a_category_has_one_or_two_parts() -> None:
    assert category_of("Technology") == ("Technology", "")
    assert category_of("News > Tech News") == ("News", "Tech News")
    for strange in ("Tech News", "Technology > Gadgets", "", 1, None):
        assert category_of(strange) is None


def test_categories_are_a_list_or_one_name() -> None:
    assert _parsed('categories = "Technology"').podcast.categories == ("Technology",)
    found = _parsed('categories = ["News > Tech News", "Science"]').podcast.categories
    assert found == ("News > Tech News", "Science")
    assert _parsed("").podcast.categories == ("Technology",)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ('categories = ["Tech News"]', "did you mean News > Tech News?"),
        ('categories = ["technologie"]', "did you mean Technology?"),
        ('categories = ["Software How-To!!"]', "Apple's list has none like it"),
        ("categories = []", "such as"),
        ("categories = 3", "Apple's list"),
        ('guid = "abc"', "as the show had it"),
        ('explicit = "no"', "unquoted"),
        ('email = "Ana <a@b.example>"', "without a name"),
        ('image = "../x.jpg"', "such as"),
        ('titel = "x"', "did you mean title?"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(line: str, remedy: str) -> None:
    with pytest.raises(ContentError) as raised:
        _parsed(line)
    (problem,) = raised.value.problems
    assert problem.line == 5
    assert problem.key.startswith("podcast.")
    assert remedy in problem.remedy
