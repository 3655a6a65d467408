"""What a build knows of the podcast: which talks have audio that is there and may be offered."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol

from feeds.errors import Problem
from feeds.jobs.audio.allowing import misfit, permission
from feeds.model import Copy, Publication, Talk
from feeds.plan import Plan
from feeds.recordings import AudioFile, Sidecar
from feeds.render import covers, podcast
from feeds.render.kit import Kit, Show


class Shelf(Protocol):
    """Where audio lies. Paths are relative to ``.talkfeeds/``."""

    def fault(self, audio: AudioFile) -> str:
        """Why the file is not what its sidecar says (size, container); empty when it is."""
        ...

    def cover(self, key: str, draw: Callable[[], bytes]) -> str:
        """The path of the picture ``key``, drawn if it was not yet."""
        ...

    def unfit(self, image: str) -> str:
        """Why a picture below ``content/`` is no cover that directories take; empty when it is."""
        ...

    def guid(self, minted: str) -> str:
        """The podcast's guid for ever: the one that is stored, else ``minted``, stored now."""
        ...

    def secret(self) -> bytes:
        """The key that hides a private podcast's address."""
        ...


def show_of(
    publication: Publication,
    talks: tuple[Talk, ...],
    sidecars: Mapping[str, Sidecar],
    shelf: Shelf,
    home: str,
) -> tuple[Show | None, tuple[str, ...]]:
    """The podcast, or None while no talk has audio; and the talks whose file is not offered,
    with the reason. ``home``: the settings' own base URL.

    Audio that nobody wants or may publish any more (its licence went) is not offered, even where
    the file is still there; nor is a file that holds another part of the recording.
    """
    audio: dict[str, AudioFile] = {}
    left: list[str] = []
    for talk in talks:
        sidecar = sidecars.get(talk.recording.youtube_id) if talk.recording else None
        found = sidecar.audio if sidecar else None
        if found is None or permission(publication, talk).refusal is not None:
            continue
        if reason := misfit(talk, found) or shelf.fault(found):
            remedy = "talkfeeds audio status says what to do"
            left.append(f"{talk.slug}: {found.name} {reason} ({remedy})")
        else:
            audio[talk.slug] = found
    if not audio:
        return None, tuple(left)
    folder = folder_of(publication, shelf.secret()) if publication.podcast.private else ""
    minted = podcast.guid_of(f"{home}{folder}{podcast.PATH}")
    return Show(audio, publication.podcast.guid or shelf.guid(minted), folder), tuple(left)


def unfit_covers(
    publication: Publication, talks: Iterable[Talk], show: Show, shelf: Shelf
) -> Iterator[Problem]:
    """The covers that somebody gave and no directory would take."""
    remedy = "give a square JPEG or PNG of 1400 to 3000 pixels in RGB, or none: then one is drawn"
    image = publication.podcast.image
    if image and "://" not in image and (cause := shelf.unfit(image)):
        yield Problem("content/publication.toml", 0, "podcast.image", f"{image} {cause}", remedy)
    for talk in talks:
        if talk.slug in show.audio and talk.audio and talk.audio.image:
            image = talk.audio.image
            if cause := shelf.unfit(image):
                yield Problem(talk.source, 0, "audio.image", f"{image} {cause}", remedy)


def folder_of(publication: Publication, secret: bytes) -> str:
    """Where a private podcast lies: the same for the same key, and not to be guessed."""
    told = b"talkfeeds podcast\0" + publication.id.encode()
    return f"private/{hmac.new(secret, told, hashlib.sha256).hexdigest()[:32]}/"


def copies(kit: Kit, show: Show, plan: Plan, shelf: Shelf) -> Iterator[Copy]:
    """The audio files, and the covers that are drawn."""
    talks = podcast.heard(show, plan.talks)
    for talk in talks:
        audio = show.audio[talk.slug]
        yield Copy(show.path(talk), f"audio/{audio.name}", made=True, size_bytes=audio.size_bytes)
        if talk.audio and talk.audio.image:
            yield Copy(show.cover_path(talk), talk.audio.image)
    for path, cover in podcast.drawn(kit, show, talks):
        yield Copy(path, shelf.cover(cover.key, partial(covers.draw, cover)), made=True)
