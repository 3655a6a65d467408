"""Pages that list talks: years, tags, speakers, events, issues, and their overviews."""

from datetime import date
from typing import Any

import pytest

from feeds.model import Event, FeedSettings, Speaker, Talk
from feeds.render.lists import Name, by_letter
from tests.support import make_kit, make_publication, make_talk, pages_of
from tests.unit.render.test_pages import parsed


def pages(talks: list[Talk], **publication: Any) -> dict[str, Any]:
    """Every page of a site with these talks, as trees."""
    found = pages_of(make_kit(make_publication(**publication)), talks)
    return {path.removesuffix("index.html"): parsed(html) for path, html in found.items()}


def titles(page: Any) -> list[str]:
    """The talks that a page lists, in its order."""
    found: list[str] = page.xpath("//ol/li/a[@class='talk']/text()")
    return found


def names(page: Any) -> list[tuple[str, str]]:
    """The names on an overview, with what stands beside each."""
    return [
        (item.xpath("string(a)"), " ".join(" ".join(item.xpath("span//text()")).split()))
        for item in page.xpath("//main//ul[contains(@class, 'names')]/li")
    ]


def test_a_tag_lists_its_talks_newest_day_first_and_counts_them() -> None:
    talks = [
        make_talk(1, tags=("K8s", "dns")),
        make_talk(2, tags=("k8s",), date=date(2017, 12, 9), title="Later"),
        make_talk(3, tags=("dns",)),
        make_talk(4, tags=("k8s",), draft=True),
    ]
    found = pages(talks)
    page = found["tags/k8s/"]
    assert titles(page) == ["Later", "Talk number 1"]
    assert page.xpath("//h1/text()") == ["K8s"]
    assert page.xpath("//ul[@class='facts']/li/text()") == ["2 pláticas"]
    assert page.xpath("//section/@id") == ["2017-12-09", "2017-12-07"]
    assert names(found["tags/"]) == [("dns", "2"), ("K8s", "2")]


def test_names_that_slug_to_nothing_or_to_the_same_have_pages_of_their_own() -> None:
    tags = ("C", "C++", "C#", "日本語", "中文", "Ana", "ana maría", "ana-maria")
    found = pages([make_talk(number, tags=(tag,)) for number, tag in enumerate(tags)])
    own = {
        path: page for path, page in found.items() if path.startswith("tags/") and path != "tags/"
    }
    assert {page.xpath("string(//h1)") for page in own.values()} == set(tags)
    assert len(own) == len(tags)
    assert all(len(titles(page)) == 1 for page in own.values())
    links = found["tags/"].xpath("//main//li/a/@href")
    assert sorted(link.removeprefix("../") for link in links) == sorted(own)


def test_a_speaker_has_what_they_did_last_and_where_they_are_found() -> None:
    talks = [
        make_talk(1, speakers=(Speaker("Ana", "Dev", "Old", "https://ana.example/a"),)),
        make_talk(2, speakers=(Speaker("ANA", "Lead", "New", "https://www.ana.example/b"),)),
        make_talk(3, speakers=(Speaker("Bea"),)),
    ]
    found = pages(talks)
    facts = found["speakers/ana/"].xpath("//ul[@class='facts']")[0]
    assert facts.xpath("li//text()") == ["2 pláticas", "Lead, New", "ana.example", "ana.example"]
    assert names(found["speakers/"]) == [("Ana", "2 New"), ("Bea", "1")]


def test_an_event_reads_as_it_went() -> None:
    place = Event("Conf", "1", "https://conf.example/", "Austin")
    talks = [
        make_talk(1, event=Event("Conf", "2"), date=date(2017, 12, 8), title="Second day"),
        make_talk(2, event=place, position=2, title="Later"),
        make_talk(3, event=place, position=1, title="First"),
        make_talk(4, event=Event("Older"), date=date(2016, 1, 2)),
    ]
    found = pages(talks)
    page = found["events/conf/"]
    assert titles(page) == ["First", "Later", "Second day"]
    assert page.xpath("//ul[@class='facts']/li//text()") == [
        "3 pláticas",
        "del 7 al 8 de diciembre de 2017",
        "Austin",
        "conf.example",
    ]
    assert page.xpath("//h2//*[@class='event']") == [], "its name stands above"
    assert names(found["events/"]) == [
        ("Conf", "3 pláticas · del 7 al 8 de diciembre de 2017 · Austin"),
        ("Older", "1 plática · 2 de enero de 2016"),
    ]


def test_the_archive_has_every_talk_in_the_page_of_its_year() -> None:
    talks = [make_talk(number, date=date(2015 + number % 3, 5, number)) for number in range(1, 9)]
    found = pages(talks)
    assert names(found["archive/"]) == [
        ("2017", "3 pláticas"),
        ("2016", "3 pláticas"),
        ("2015", "2 pláticas"),
    ]
    listed = [title for year in (2017, 2016, 2015) for title in titles(found[f"archive/{year}/"])]
    assert sorted(listed) == sorted(talk.title for talk in talks)
    around = found["archive/2016/"].xpath("//nav[@class='neighbours']/a")
    assert [(link.get("rel"), link.get("href")) for link in around] == [
        ("prev", "../../archive/2015/"),
        ("next", "../../archive/2017/"),
    ]
    assert found["archive/2017/"].xpath("//a[@rel='next']") == []


@pytest.mark.slow
def test_the_home_page_lists_whole_days_up_to_a_hundred_talks_then_leads_to_the_archive() -> None:
    talks = [make_talk(n, date=date(2017, 1 + n // 40, 1 + n // 20 % 2)) for n in range(240)]
    found = pages(talks)
    assert len(titles(found[""])) == 100
    assert names(found[""]) == [("2017", "240")]
    few = pages(talks[:20])[""]
    assert len(titles(few)) == 20
    assert names(few) == []
    one_day = pages([make_talk(number) for number in range(130)])[""]
    assert len(titles(one_day)) == 130


def test_issues_stand_by_year_and_lead_to_each_other() -> None:
    moments = ("2016-03-01", "2017-12-07", "2017-12-14")
    talks = [
        make_talk(number, published=make_talk().published.fromisoformat(f"{day}T12:00:00+00:00"))
        for number, day in enumerate(moments)
    ]
    found = pages(talks)
    page = found["issues/"]
    assert page.xpath("//main/h2/text()") == ["2017", "2016"]
    assert page.xpath("//main//li/a/@href") == [
        "../issues/2017-W50/",
        "../issues/2017-W49/",
        "../issues/2016-W09/",
    ]
    around = found["issues/2017-W49/"].xpath("//nav[@class='neighbours']/a")
    assert [(link.get("rel"), link.get("href")) for link in around] == []


def test_group_feeds_that_nobody_wants_are_not_linked() -> None:
    found = pages([make_talk(tags=("a",))], feed=FeedSettings(by=("event",)))
    assert found["tags/a/"].xpath("//link[@rel='alternate']") == []
    assert found["tags/a/"].xpath("//p[@class='feeds']") == []
    assert len(found["events/kubecon-2017/"].xpath("//link[@rel='alternate']")) == 2
    hrefs = found["talks/talk-1/"].xpath("//link[@rel='alternate']/@href")
    assert hrefs == ["../../feed.atom", "../../feed.json", "../../events/kubecon-2017/feed.atom"]


@pytest.mark.slow
def test_many_names_are_cut_at_the_letters_and_the_most_used_stand_above() -> None:
    tags = [f"{letter}{number}" for letter in "abc" for number in range(14)]
    talks = [make_talk(number, tags=(tag,)) for number, tag in enumerate(tags)]
    few = pages(talks[:20])["tags/"]
    assert few.xpath("//nav[@class='letters']") == []
    page = pages([*talks, make_talk(99, tags=("b3",))])["tags/"]
    letters = page.xpath("//nav[@class='letters']/a")
    assert [link.text for link in letters] == ["A", "B", "C"]
    heads = {f"#{head.get('id')}": head.text for head in page.xpath("//h2[@id]")}
    assert {link.get("href"): link.text for link in letters} == heads
    assert names(page)[0] == ("b3", "2")
    assert len(names(page)) == len(tags) + 1


@pytest.mark.parametrize(
    ("name", "letter"),
    [("émile", "E"), ("Zoo", "Z"), ("2017", "#"), ("#nube", "#"), ("日本語", "日"), ("", "#")],
)
def test_a_name_stands_below_its_first_letter(name: str, letter: str) -> None:
    assert [found for found, _ in by_letter([Name("tags/x/", name, 1)])] == [letter]


def test_lines_of_more_talks_than_are_kept_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    talks = [make_talk(number, tags=("go", f"g{number % 3}")) for number in range(9)]
    kit = make_kit(make_publication())
    wanted = pages_of(kit, talks)
    monkeypatch.setattr("feeds.render.lists._MOST_LINES", 2)
    assert pages_of(kit, talks) == wanted
