"""A Talk → the text of its file, as a person would have written it."""

import re
from typing import Any

import yaml
from frontmatter import Post
from frontmatter import dumps as frontmatter_dumps
from frontmatter.default_handlers import YAMLHandler

from feeds.model import AudioChoice, Event, Publication, Speaker, Talk
from feeds.text import default_published, rfc3339


class _Dumper(yaml.SafeDumper):
    """YAML for people: block text for several lines, lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 # PyYAML's signature
        super().increase_indent(flow, indentless=False)


class _Prose(str):
    """Text of whole sentences, which stands as a block below its key."""

    __slots__ = ()


def _prose(dumper: yaml.SafeDumper, value: _Prose) -> yaml.ScalarNode:
    # YAML 1.1 takes these three for line ends; a block would not keep them apart.
    style = '"' if re.search("[\x85\u2028\u2029]", value) else "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style=style)


_Dumper.add_representer(_Prose, _prose)


class _Front(YAMLHandler):
    def export(self, metadata: dict[str, object], **_: object) -> str:
        dumped = yaml.dump(
            metadata, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31
        )
        return str(dumped).rstrip("\n")


def write(talk: Talk, publication: Publication) -> str:
    """The file's text, ending in one newline; ``parse`` of it gives the same Talk again.

    Keys that equal their default are left out, except ``id`` and ``slug``: they are what
    must not change when somebody renames the file.
    """
    keys: dict[str, Any] = {"title": talk.title, "date": talk.date, "id": talk.id}
    keys["slug"] = talk.slug
    default = default_published(talk.date, talk.position, talk.id, publication.timezone)
    keys["published"] = "" if talk.published == default else rfc3339(talk.published)
    keys["updated"] = "" if talk.updated == talk.published else rfc3339(talk.updated)
    keys["position"] = talk.position
    keys["speakers"] = [_speaker(speaker) for speaker in talk.speakers]
    keys["event"] = _event(talk.event)
    keys["kind"] = "" if talk.kind == "talk" else talk.kind
    keys["level"] = talk.level
    keys["tags"] = list(talk.tags)
    keys["language"] = "" if talk.language == publication.language else talk.language
    keys["youtube"] = talk.recording.url if talk.recording else ""
    keys["slides"] = talk.slides
    keys["links"] = [{"title": link.title, "url": link.url} for link in talk.links]
    keys["license"] = talk.license
    keys["audio"] = _audio(talk.audio)
    keys["draft"] = talk.draft
    keys["withdrawn"] = talk.withdrawn
    keys["reason"] = talk.reason
    keys["abstract_language"] = talk.abstract_language
    keys["abstract"] = _Prose(talk.abstract)
    keys = {key: value for key, value in keys.items() if value or value == {} or key == "title"}
    if talk.audio is not None and not talk.audio.enabled:
        keys["audio"] = False
    post = Post(talk.notes, handler=None)
    post.metadata.update(keys)
    return frontmatter_dumps(post, handler=_Front()).rstrip() + "\n"


def _speaker(speaker: Speaker) -> str | dict[str, str]:
    if not (speaker.role or speaker.organization or speaker.url):
        return speaker.name
    found = {
        "name": speaker.name,
        "role": speaker.role,
        "organization": speaker.organization,
        "url": speaker.url,
    }
    return {key: value for key, value in found.items() if value}


def _event(event: Event | None) -> str | dict[str, Any]:
    if event is None:
        return ""
    if not (event.day or event.url or event.location):
        return event.name
    day: Any = int(event.day) if re.fullmatch("0|[1-9][0-9]{0,8}", event.day) else event.day
    found = {"name": event.name, "day": day, "url": event.url, "location": event.location}
    return {key: value for key, value in found.items() if value != ""}


def _audio(choice: AudioChoice | None) -> dict[str, Any] | str:
    if choice is None or not choice.enabled:
        return ""
    found = {
        "download": choice.download,
        "format": choice.format or None,
        "start": choice.start_s,
        "end": choice.end_s,
        "chapters": choice.chapters,
        "image": choice.image or None,
    }
    return {key: value for key, value in found.items() if value is not None}
