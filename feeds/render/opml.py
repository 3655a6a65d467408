"""OPML 2.0 (http://opml.org/spec2.opml): every feed in one file, for readers to import.

Each feed once, as Atom: who imports the file must not get every talk twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import chain
from xml.etree import ElementTree as ET

from feeds.model import Output
from feeds.naming import Kind
from feeds.plan import Feed, Plan
from feeds.render import atom, issues_feed, podcast
from feeds.render.heads import STYLE, head_of, place, said, updated
from feeds.render.kit import Kit
from feeds.text import rfc5322_date, xml_legal

PATH = "feeds.opml"
MEDIA_TYPE = "text/x-opml"


def documents(kit: Kit, plan: Plan) -> Iterator[Output]:
    """``feeds.opml``."""
    publication = kit.publication
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = said(publication.title)
    ET.SubElement(head, "dateModified").text = rfc5322_date(updated(publication, plan.talks))
    if author := publication.author:
        ET.SubElement(head, "ownerName").text = said(author.name)
        if author.uri:
            ET.SubElement(head, "ownerId").text = author.uri
    ET.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = ET.SubElement(root, "body")
    whole, *grouped = plan.feeds
    _feed(kit, body, whole)
    if kit.show and not kit.show.folder:
        title = publication.podcast.title or publication.title
        _outline(body, f"{title}: {kit.words.say('Podcast')}", kit.url(podcast.path(kit.show)))
    issues = issues_feed.head(kit, plan)
    _outline(body, issues.title, kit.url(issues_feed.PATH), issues.home_url, issues.subtitle)
    folders = {
        Kind.TAG: kit.words.say("By tag"),
        Kind.SPEAKER: kit.words.say("By speaker"),
        Kind.EVENT: kit.words.say("By event"),
        Kind.LANGUAGE: kit.words.say("By language"),
    }
    folders_of: dict[str, list[Feed]] = {}
    for kind, heading in folders.items():
        inside = [feed for feed in grouped if feed.group and feed.group.kind is kind]
        if inside:
            folder = ET.SubElement(body, "outline", text=heading)
            folders_of[ET.tostring(folder, encoding="unicode")] = inside
    ET.indent(root, " ")
    instruction = ET.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{STYLE}"')
    parts = [ET.tostring(part, encoding="unicode") for part in (instruction, root)]
    lines = "\n".join(["<?xml version='1.0' encoding='UTF-8'?>", *parts]).split("\n")
    data = BytesIO()
    for line in chain.from_iterable(_filled(kit, line, folders_of) for line in lines):
        data.write(f"{line}\n".encode())
    yield Output(PATH, data.getvalue())


def _filled(kit: Kit, line: str, folders: Mapping[str, Sequence[Feed]]) -> Iterator[str]:
    """A line, and where it is a folder its feeds, one by one: a tree of all of them takes 80 MB
    where there are forty thousand. (An attribute's line ends are written as numbers.)"""
    told = line.lstrip(" ")
    inside = folders.get(told, ())
    if not inside:
        yield line
        return
    indent = line[: len(line) - len(told)]
    yield f"{indent}{told.removesuffix(' />')}>"
    for feed in inside:
        parent = ET.Element("outline")
        _feed(kit, parent, feed)
        yield f"{indent} {ET.tostring(parent[0], encoding='unicode')}"
    yield f"{indent}</outline>"


def _feed(kit: Kit, parent: ET.Element, feed: Feed) -> None:
    found = head_of(kit, feed, feed.parts[0])
    url = kit.url(place(feed.path, "") + atom.SUFFIX)
    _outline(parent, found.title, url, found.home_url, found.subtitle, found.language)


def _outline(
    parent: ET.Element, title: str, url: str, home: str = "", about: str = "", language: str = ""
) -> None:
    found = {
        "text": said(title),
        "type": "rss",  # the specification has no other word for a feed, whatever its format
        "title": said(title),
        "xmlUrl": url,
        "htmlUrl": home,
        "description": xml_legal(about),
        "language": language,
    }
    ET.SubElement(parent, "outline", {key: value for key, value in found.items() if value})
