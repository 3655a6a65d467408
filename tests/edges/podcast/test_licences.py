"""No public file offers audio of a talk without a licence to pass it on, whatever is at hand."""

from collections.abc import Callable
from dataclasses import replace

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.jobs.podcast import copies, show_of
from feeds.licences import REDISTRIBUTABLE, spdx_of
from feeds.model import AudioChoice, AudioSettings, PodcastSettings, Recording, Talk
from feeds.plan import plan
from feeds.recordings import AudioFile, Sidecar
from feeds.render import podcast
from feeds.render.markdown import body_of
from tests.examples import examples
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
    """Every file is there, and offered as audio of its talk where that may be."""

    def unfit(self, image: str) -> str:
        return ""

    def fault(self, audio: AudioFile) -> str:
        return "" if audio.size_bytes else "is empty"

    def cover(self, key: str, _draw: Callable[[], bytes]) -> str:
        return f"covers/{key}.jpg"

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
@settings(max_examples=examples(60), deadline=None)
def test_no_public_feed_holds_an_enclosure_of_a_talk_without_a_licence(
    talks: list[Talk], private: bool
) -> None:
    publication = make_publication(
        podcast=PodcastSettings(private=private), audio=AudioSettings(download=True)
    )
    files = {number: AudioFile(f"{number}.m4a", 1000, "audio/x-m4a", 9.0) for number in range(1, 5)}
    sidecars = {
        f"{number:011}": Sidecar(
            f"{number:011}", audio=replace(audio, talk_id=make_talk(number).id)
        )
        for number, audio in files.items()
    }
    shelf = _Shelf()
    planned = plan(publication, talks)
    show, _ = show_of(publication, planned.talks, sidecars, shelf, publication.base_url)
    public = frozenset(show.audio) if show and not show.folder else frozenset()
    kit = replace(make_kit(publication), sidecars=sidecars, show=show, audible=public)
    may = {talk.id for talk in talks if spdx_of(talk.license)}

    atom = feedparser.parse(feed_of(kit, planned.talks))
    assert not atom.bozo
    assert {entry.id for entry in atom.entries if entry.get("enclosures")} <= may
    if show is None:
        return
    heard = podcast.heard(show, planned.talks)
    base_url = publication.base_url
    items = [podcast.item(kit, show, talk, body_of(talk, base_url)) for talk in heard]
    root = etree.fromstring(b"".join(podcast.document(kit, show, heard, items)))
    for item in root.findall("channel/item"):
        assert item.find("enclosure") is not None
        assert item.findtext("guid") in may or (private and show.folder)
    paths = [copy.path for copy in copies(kit, show, planned, shelf)]
    assert all(path.startswith("private/") for path in paths) or not private


_CUTS = st.sampled_from([None, 0.0, 60.0])


@given(
    licenses=st.tuples(_LICENSES, _LICENSES),
    cuts=st.tuples(_CUTS, _CUTS, _CUTS),
    owner=st.integers(0, 2),
    private=st.booleans(),
    downloads=st.tuples(*[st.sampled_from([None, True, False])] * 2),
)
@settings(max_examples=examples(200), deadline=None)
def test_talks_that_share_a_recording_offer_each_its_own_part_or_none(
    licenses: tuple[str, str],
    cuts: tuple[float | None, ...],
    owner: int,
    private: bool,
    downloads: tuple[bool | None, bool | None],
) -> None:
    """The file holds the part ``cuts[2]`` and was made for talk ``owner``; 0 is one that went."""
    publication = make_publication(
        podcast=PodcastSettings(private=private), audio=AudioSettings(download=True)
    )
    shared = Recording("00000000001")
    talks = [
        make_talk(
            number,
            license=licenses[number - 1],
            recording=shared,
            audio=AudioChoice(start_s=cuts[number - 1], download=downloads[number - 1]),
        )
        for number in (1, 2)
    ]
    owner_id = make_talk(owner).id
    audio = AudioFile("00000000001.m4a", 9, "audio/x-m4a", 9.0, talk_id=owner_id, start_s=cuts[2])
    sidecars = {"00000000001": Sidecar("00000000001", audio=audio)}
    planned = plan(publication, talks)
    show, left = show_of(publication, planned.talks, sidecars, _Shelf(), "https://t.example/")
    offered = set(show.audio) if show else set()
    due = set()
    for number, talk in enumerate(talks, 1):
        may = private or spdx_of(talk.license)
        own = number == owner and (cuts[number - 1] or 0) == (cuts[2] or 0)
        if may and talk.audio and talk.audio.download is not False:
            due.add(talk.slug)
        if own and talk.slug in due:
            assert talk.slug in offered
        else:
            assert talk.slug not in offered
    assert {line.partition(":")[0] for line in left} == due - offered
