"""The cards of a digest: a talk each, whole while there is room, else brief."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from feeds.model import Issue, Link, Talk
from feeds.render.kit import Kit, byline
from feeds.text import one_line, shortened

# No single text or address may fill a mail: longer ones stand in full on the talk's page.
MAX_TITLE, _MAX_WHO, MAX_URL = 200, 160, 900


@dataclass(frozen=True, slots=True)
class Card:
    """A talk as the mail shows it; attributes that templates print are finished markup."""

    talk: Talk
    title: str
    url: str
    title_language: Markup
    labels: str
    who: str
    excerpt: str
    excerpt_language: Markup
    links: tuple[Link, ...]
    video_url: str = ""
    picture: str = ""
    picture_alt: str = ""
    lead: bool = False
    brief: bool = False


def links_of(kit: Kit, talk: Talk) -> tuple[Link, ...]:
    """Plain links below a talk: its video (with its length when known), slides, full notes."""
    links = []
    if talk.recording:
        title = kit.words.with_duration(kit.words.say("Video"), talk.recording.duration_s)
        links.append(Link(title, talk.recording.url))
    slides = kit.slides(talk)
    if slides and len(slides.url) <= MAX_URL:
        links.append(Link(kit.words.say("Slides"), slides.url))
    links.append(Link(kit.words.say("Full notes"), kit.url(talk.path)))
    return tuple(links)


class Cards:
    """The cards of an issue, each made and rendered once."""

    def __init__(self, kit: Kit, issue: Issue, summaries: Mapping[str, tuple[str, str]]) -> None:
        self._kit, self._summaries = kit, summaries
        self.talks, self._lead = issue.talks, _lead(issue.talks)
        self._full: dict[str, Card] = {}
        self._shown: dict[tuple[str, bool], str] = {}
        # Whether nobody's own template decides what of the cards is shown.
        self._ours = not any(one.own for one in kit.templates.values())

    def full(self, talk: Talk) -> Card:
        """A talk's card with all that belongs onto it."""
        found = self._full.get(talk.slug)
        if found is None:
            found = _card(self._kit, talk, self._summaries[talk.slug], self._lead)
            self._full[talk.slug] = found
        return found

    def brief(self, talk: Talk) -> Card:
        """A talk's card with its title, and who spoke."""
        if self._ours:
            return _brief(self._kit, talk)
        full = self.full(talk)
        return replace(full, brief=True, lead=False, excerpt="", labels="", links=(), picture="")

    def rendered(self, card: Card) -> str:
        """A card as HTML."""
        key = card.talk.slug, card.brief
        found = self._shown.get(key)
        if found is None:
            found = self._shown[key] = _rendered(self._kit, card)
        return found

    def exceed(self, room: int) -> bool:
        """Whether the full cards alone have more than so many bytes: then a mail need not be made
        to see that it has. (Somebody's own template may leave cards out, and then is asked.)"""
        for talk in self.talks if self._ours else ():
            room -= size_bytes(self.rendered(self.full(talk)))
            if room < 0:
                return True
        return False


def _rendered(kit: Kit, card: Card) -> str:
    return kit.render("digest_card.html", card=card).strip() + "\n"


def _lead(talks: Sequence[Talk]) -> Talk | None:
    """A talk with a recording, of those one with notes, of those a keynote; the first such."""

    def rank(talk: Talk) -> tuple[bool, bool, bool]:
        return not talk.recording, not talk.notes, talk.kind != "keynote"

    return min(talks, key=rank, default=None)


def _card(kit: Kit, talk: Talk, summary: tuple[str, str], lead: Talk | None) -> Card:
    words = kit.words
    text, language = summary
    title = shortened(one_line(talk.title), MAX_TITLE)
    return Card(
        talk=talk,
        title=title,
        url=kit.url(talk.path),
        title_language=_language(kit, talk.abstract_language or talk.language),
        labels=", ".join(
            shortened(label, 40) for label in (words.kind(talk), words.level(talk)) if label
        ),
        who=shortened(one_line(byline(talk.speakers)), _MAX_WHO),
        excerpt=text,
        excerpt_language=_language(kit, language),
        links=tuple(link for link in links_of(kit, talk) if _may_leave(kit, link.url)),
        video_url=talk.recording.url if talk.recording else "",
        picture=kit.picture(talk),
        picture_alt=words.say("Recording: %(title)s", title=title),
        lead=talk is lead,
    )


def _brief(kit: Kit, talk: Talk) -> Card:
    """As much of a card as a brief one shows."""
    return Card(
        talk=talk,
        title=shortened(one_line(talk.title), MAX_TITLE),
        url=kit.url(talk.path),
        title_language=_language(kit, talk.abstract_language or talk.language),
        labels="",
        who=shortened(one_line(byline(talk.speakers)), _MAX_WHO),
        excerpt="",
        excerpt_language=Markup(),
        links=(),
        brief=True,
    )


def _may_leave(kit: Kit, url: str) -> bool:
    """Whether a mail links there: HTTPS alone, unless the publication itself is served without.

    A talk's page has the other links; one of them must not hold up an issue.
    """
    return url.startswith("https:") or kit.publication.base_url.startswith("http:")


def _language(kit: Kit, tag: str) -> Markup:
    if not tag or tag == kit.publication.language:
        return Markup()
    return Markup(' lang="{}"').format(tag)


def size_bytes(html: str) -> int:
    """How long a text is when it is sent."""
    return len(html.encode())
