"""Cards of a digest: what is not needed is not made, and what is sent is the same."""

from dataclasses import replace

import pytest

from feeds.model import Talk
from feeds.render import newsletter
from feeds.render.kit import Kit, Template
from feeds.render.mailcards import Cards
from tests.support import make_issue, make_kit, make_talk


def digest_of(kit: Kit, talks: list[Talk]) -> tuple[newsletter.Digest, int]:
    """The digest, and of how many talks it asked for a summary."""
    issue = make_issue(kit, talks)
    summaries = newsletter.summaries_of(kit, issue)
    return newsletter.digest(kit, issue, summaries), len(summaries)


@pytest.mark.parametrize("count", [1, 40, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 150, 400])
def test_too_many_cards_are_seen_before_all_are_made(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = make_kit()
    talks = [make_talk(number) for number in range(1, count + 1)]
    found, asked = digest_of(kit, talks)
    monkeypatch.setattr(Cards, "exceed", lambda _self, _room: False)
    everything, all_asked = digest_of(kit, talks)
    assert found == everything
    assert all_asked == count
    assert asked <= 80


def test_a_template_of_ones_own_may_leave_cards_out(monkeypatch: pytest.MonkeyPatch) -> None:
    kit = make_kit()
    own = Template("templates/digest.html", "<p>{{ days | length }} días</p>", own=True)
    kit = replace(kit, templates={**kit.templates, "digest.html": own})
    talks = [make_talk(number) for number in range(1, 151)]
    found, asked = digest_of(kit, talks)
    assert asked == 150
    assert "1 días" in found.html
    assert "Una nota corta" in found.text, "all of them fit, so none is brief"


def test_a_brief_card_shows_what_is_left_of_a_whole_one() -> None:
    kit = make_kit()
    talks = [make_talk(number) for number in range(1, 151)]
    issue = make_issue(kit, talks)
    cards = Cards(kit, issue, newsletter.summaries_of(kit, issue))
    ours = [cards.rendered(cards.brief(talk)) for talk in talks]
    cards = Cards(kit, issue, newsletter.summaries_of(kit, issue))
    cards._ours = False
    assert [cards.rendered(cards.brief(talk)) for talk in talks] == ours
