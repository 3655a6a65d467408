"""What stands around every page: its head, the way through the site, the foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from feeds.model import Output
from feeds.naming import Kind
from feeds.plan import Plan
from feeds.render import alternates, cards
from feeds.render.alternates import Feed
from feeds.render.kit import Kit

NOT_FOUND = "404.html"
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link to the page looks like elsewhere (ogp.me). ``image`` is below ``public/``."""

    title: str
    kind: str = "website"
    image: str = cards.SITE_PATH
    image_words: str = ""


def page(
    kit: Kit,
    plan: Plan,
    template: str,
    path: str,
    *,
    feeds: Sequence[Feed] | None = None,
    shared: Shared | None = None,
    **values: object,
) -> Output:
    """A page at ``path`` below ``public/``: a folder, or the page for what is not there.

    ``feeds`` are those that list what the page shows; None: the publication's own.
    """
    # What is not there may have been asked for at any depth.
    lost = path == NOT_FOUND
    up = urlsplit(kit.publication.base_url).path if lost else "../" * path.count("/")
    same = _same(kit, plan)
    frame = {
        **same,
        "path": path,
        "up": up,
        "home": up or "./",
        # Below the site's root like every other link, so that a preview finds it.
        "icon": same["icon"].replace(kit.url(""), up),
        "description": "",
        "data": "",
        "feeds": same["feeds"] if feeds is None else feeds,
        "ways": _ways(kit, same, path, up),
        "shared": shared or Shared(kit.publication.title),
    }
    html = kit.render(template, **(frame | values))
    return Output(path if lost else f"{path}index.html", html.encode())


def _same(kit: Kit, plan: Plan) -> dict[str, Any]:
    """What is the same on every page of a plan."""
    last = kit.__dict__.get("_frame")
    if last is None or last["plan"] is not plan:
        last = kit.__dict__["_frame"] = {
            "plan": plan,
            "sections": _sections(kit, plan),
            "known_ways": {},
            "latest": plan.issues[0] if plan.issues else None,
            "icon": kit.picture_url(kit.publication.icon),
            "feeds": alternates.of_publication(kit),
            "group_of": lambda kind, name: plan.group(_KINDS.get(kind) or Kind(kind), name),
        }
    return last


def _ways(kit: Kit, same: dict[str, Any], path: str, up: str) -> Markup:
    """The links to the site's sections, made once for all pages of a section and a depth."""
    section = path[: path.find("/") + 1]
    key = up, section, path == section
    known: dict[object, Markup] = same["known_ways"]
    found = known.get(key)
    if found is None:
        told = kit.render("ways.html", sections=same["sections"], path=path, up=up)
        found = known[key] = Markup(told)  # noqa: S704 # our own template
    return found


def _sections(kit: Kit, plan: Plan) -> list[tuple[str, str]]:
    """The parts of the site that have something in them: their paths and names."""
    words = kit.words
    shown = (Kind.TAG, Kind.SPEAKER, Kind.EVENT)
    found = [(f"{kind}/", heading_of(kit, kind)) for kind in shown if plan.groups[kind]]
    if plan.issues:
        found.append(("issues/", words.say("Issues")))
    return [*found, ("search/", words.say("Search")), ("subscribe/", words.say("Subscribe"))]


def heading_of(kit: Kit, kind: Kind) -> str:
    """What the groups of a kind are called together."""
    words = kit.words
    return {
        Kind.TAG: words.say("Tags"),
        Kind.SPEAKER: words.say("Speakers"),
        Kind.EVENT: words.say("Events"),
        Kind.LANGUAGE: words.say("Languages"),
    }[kind]
