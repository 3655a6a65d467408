"""No public file offers audio of a talk without a licence to pass it on, whatever is at hand."""

from collections.abc import Callable
from dataclasses import replace

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.jobs.podcast import copies, show_of
from feeds.licences import REDISTRIBUTABLE, spdx_of
from feeds.model import AudioChoice, PodcastSettings, Recording, Talk
from feeds.plan import plan
from feeds.recordings import AudioFile, Sidecar
from feeds.render import podcast
from feeds.render.markdown import body_of
from tests.support import feed_of, make_kit, make_publication, make_talk

_LICENSES = st.one_of(
    st.sampled_from(
        [
            *REDISTRIBUTABLE,
            "",
            "CC-BY-ND-4.0",
            "CC-BY-NC-ND-4.0",
            "MIT",
            "All rights reserved",
            "Creative Commons Attribution license (reuse allowed)",
            "https://creativecommons.org/licenses/by/4.0/deed.es",
            "https://creativecommons.org/licenses/by-nd/4.0/",
        ]
    ),
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=20),
)
_CHOICES = st.sampled_from([None, AudioChoice(), AudioChoice(enabled=False)])


class _Shelf:
    """Every file is there."""

    def holds(self, audio: AudioFile) -> bool:
        return audio.size_bytes > 0

    def cover(self, key: str, _draw: Callable[[], bytes]) -> str:
        return f"covers/{key}.jpg"

    def card(self, key: str, _draw: Callable[[], bytes]) -> str:
        return f"cards/{key}.png"

    def guid(self, minted: str) -> str:
        return minted

    def secret(self) -> bytes:
        return b"k" * 32


@st.composite
def _talks(draw: st.DrawFn) -> list[Talk]:
    found = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        recording = draw(st.sampled_from([None, Recording(f"{number:011}")]))
        talk = make_talk(number, license=draw(_LICENSES), audio=draw(_CHOICES), recording=recording)
        found.append(talk)
    return found


@given(talks=_talks(), private=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_public_feed_holds_an_enclosure_of_a_talk_without_a_licence(
    talks: list[Talk], private: bool
) -> None:
    publication = make_publication(podcast=PodcastSettings(private=private))
    sidecars = {
        f"{number:011}": Sidecar(
            f"{number:011}", audio=AudioFile(f"{number}.m4a", 1000, "audio/x-m4a", 9.0)
        )
        for number in range(1, 5)
    }
    shelf = _Shelf()
    planned = plan(publication, talks)
    show = show_of(publication, planned.talks, sidecars, shelf, publication.base_url)
    public = frozenset(show.audio) if show and not show.folder else frozenset()
    kit = replace(make_kit(publication), sidecars=sidecars, show=show, audible=public)
    may = {talk.id for talk in talks if spdx_of(talk.license)}

    atom = feedparser.parse(feed_of(kit, planned.talks))
    assert not atom.bozo
    assert {entry.id for entry in atom.entries if entry.get("enclosures")} <= may
    if show is None:
        return
    heard = podcast.heard(show, planned.talks)
    numbers = podcast.numbers(planned.talks)
    base_url = publication.base_url
    items = [
        podcast.item(kit, show, talk, body_of(talk, base_url), numbers.get(talk.slug))
        for talk in heard
    ]
    root = etree.fromstring(b"".join(podcast.document(kit, show, heard, items)))
    for item in root.findall("channel/item"):
        assert item.find("enclosure") is not None
        assert item.findtext("guid") in may or (private and show.folder)
    paths = [copy.path for copy in copies(kit, show, planned, shelf)]
    assert all(path.startswith("private/") for path in paths) or not private
