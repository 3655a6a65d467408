"""What the search index is told of each page: path, title, the line below it, the words."""

from collections.abc import Iterator

from feeds.model import Talk
from feeds.naming import Kind
from feeds.plan import Plan
from feeds.render.heads import shown_name
from feeds.render.kit import Kit, byline
from feeds.render.markdown import Body
from feeds.text import one_line

_Told = tuple[tuple[str, str, str], list[str], list[str]]
_KINDS = {
    Kind.TAG: "Tag",
    Kind.SPEAKER: "Speaker",
    Kind.EVENT: "Event",
    Kind.LANGUAGE: "Language",
}


def of_talk(kit: Kit, talk: Talk, body: Body) -> _Told:
    """A talk: all its words, and those that say who, where and on what."""
    event = talk.event.name if talk.event else ""
    day = kit.words.short_day(talk.date).replace(" ", "\u00a0")  # not parted by a line's end
    below = (byline(talk.speakers), event, day)
    about = [byline(talk.speakers, roles=True), event, *talk.tags, talk.kind]
    if talk.event:
        about += [talk.event.location]
    page = (talk.path, one_line(talk.title), " · ".join(filter(None, below)))
    return page, about, [body.notes_html, body.abstract_html]


def of_groups(kit: Kit, plan: Plan) -> Iterator[_Told]:
    """The pages of tags, speakers, events and languages: their names."""
    for kind, groups in plan.groups.items():
        label = kit.words.say(_KINDS[kind])
        for group in groups:
            below = f"{label} · {kit.words.talks(len(group.talks))}"
            yield (group.path, shown_name(kit, group), below), [], []
