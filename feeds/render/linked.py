"""What search engines read in a page (schema.org as JSON-LD): Event, VideoObject, PodcastEpisode.

A talk is an Event of its own, within that of the conference. Nothing is said that is not known:
a recording whose upload was never asked for has no date.
"""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from feeds.model import Speaker, Talk
from feeds.naming import Group, Kind
from feeds.plan import Plan
from feeds.render import cards, podcast
from feeds.render.jsontext import json_text
from feeds.render.kit import Kit
from feeds.text import rfc3339, xml_legal

# An event of ten thousand talks is described without them.
_MAX_PARTS = 200
# Within <script> HTML ends at "</script" and begins anew at "<!--" (HTML §4.12.1.3).
_ESCAPES = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def talk(kit: Kit, plan: Plan, found: Talk, description: str) -> Markup:
    """A talk's page: the talk, its recording, its audio."""
    url = kit.url(found.path)
    recording, audio = found.recording, kit.audio(found)
    graph = [
        _known(
            {
                "@type": "Event",
                "@id": f"{url}#talk",
                "name": found.title,
                "description": description,
                "url": url,
                "startDate": found.date.isoformat(),
                "location": _place(found.event.location) if found.event else None,
                "image": kit.url(cards.path(found)),
                "performer": [_person(kit, plan, speaker) for speaker in found.speakers],
                "superEvent": _super_event(kit, plan, found),
                "recordedIn": {"@id": f"{url}#recording"} if recording else None,
            }
        )
    ]
    if recording:
        facts = kit.facts(found)
        graph.append(
            _known(
                {
                    "@type": "VideoObject",
                    "@id": f"{url}#recording",
                    "name": found.title,
                    "description": description or found.title,
                    "url": recording.url,
                    "embedUrl": f"https://www.youtube.com/embed/{recording.youtube_id}",
                    "thumbnailUrl": kit.picture(found) or kit.url(cards.path(found)),
                    "uploadDate": rfc3339(facts.uploaded) if facts and facts.uploaded else None,
                    "duration": _duration(recording.duration_s),
                    "recordedAt": {"@id": f"{url}#talk"},
                }
            )
        )
    if audio and kit.show:
        graph.append(
            _known(
                {
                    "@type": "PodcastEpisode",
                    "@id": f"{url}#audio",
                    "name": found.title,
                    "description": description,
                    "url": url,
                    "datePublished": rfc3339(found.published),
                    "inLanguage": found.language,
                    "duration": _duration(audio.duration_s),
                    "associatedMedia": {
                        "@type": "AudioObject",
                        "contentUrl": kit.audio_url(found),
                        "encodingFormat": audio.media_type,
                        "contentSize": str(audio.size_bytes),
                    },
                    "partOfSeries": {
                        "@type": "PodcastSeries",
                        "name": kit.publication.podcast.title or kit.publication.title,
                        "url": kit.url(""),
                        "webFeed": kit.url(podcast.path(kit.show)),
                    },
                }
            )
        )
    return _script(graph)


def event(kit: Kit, group: Group) -> Markup:
    """An event's page: when, where, and its talks."""
    days = [one.date for one in group.talks]
    told = [one.event for one in group.talks if one.event]
    parts = sorted(group.talks, key=lambda one: (one.date, one.position, one.id))
    return _script(
        [
            _known(
                {
                    "@type": "Event",
                    "@id": f"{kit.url(group.path)}#event",
                    "name": group.name,
                    "url": next((one.url for one in told if one.url), kit.url(group.path)),
                    "startDate": min(days).isoformat(),
                    "endDate": max(days).isoformat(),
                    "location": _place(next((one.location for one in told if one.location), "")),
                    "image": kit.url(cards.SITE_PATH),
                    "subEvent": [
                        {
                            "@type": "Event",
                            "@id": f"{kit.url(one.path)}#talk",
                            "name": one.title,
                            "url": kit.url(one.path),
                            "startDate": one.date.isoformat(),
                        }
                        for one in parts[:_MAX_PARTS]
                    ],
                }
            )
        ]
    )


def _super_event(kit: Kit, plan: Plan, found: Talk) -> dict[str, Any] | None:
    if found.event is None:
        return None
    group = plan.group(Kind.EVENT, found.event.name)
    # When it began and ended stands on its own page: here it would be asked of every talk anew.
    return _known(
        {
            "@type": "Event",
            "@id": f"{kit.url(group.path)}#event",
            "name": group.name,
            "url": found.event.url or kit.url(group.path),
            "location": _place(found.event.location),
        }
    )


def _person(kit: Kit, plan: Plan, speaker: Speaker) -> dict[str, Any]:
    organization = {"@type": "Organization", "name": speaker.organization}
    return _known(
        {
            "@type": "Person",
            "name": speaker.name,
            "url": kit.url(plan.group(Kind.SPEAKER, speaker.name).path),
            "sameAs": speaker.url,
            "jobTitle": speaker.role,
            "worksFor": organization if speaker.organization else None,
        }
    )


def _place(location: str) -> dict[str, Any] | None:
    return {"@type": "Place", "name": location, "address": location} if location else None


def _duration(duration_s: float | None) -> str:
    """ISO 8601, in whole seconds."""
    return f"PT{round(duration_s)}S" if duration_s else ""


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _script(graph: Iterable[dict[str, Any]]) -> Markup:
    """JSON that cannot end the element it stands in, whatever a title says."""
    whole = {"@context": "https://schema.org", "@graph": list(graph)}
    told = xml_legal(json_text(whole))
    for char, escape in _ESCAPES.items():
        told = told.replace(char, escape)
    return Markup(told)  # noqa: S704 # nothing of HTML is left in it
