"""Files that a publication brings along: what of ``content/`` goes out, or is read, as it is."""

from collections.abc import Sequence
from functools import lru_cache

from feeds import transcripts
from feeds.errors import ContentError, Problem
from feeds.jobs.loading import Source
from feeds.jobs.made import Many, paths_of
from feeds.jobs.site import audio_of
from feeds.jobs.units import Asset, Desk
from feeds.model import Copy
from feeds.recordings import Transcript
from feeds.render import pages
from feeds.transcripts import Cue


class Texts:
    """The transcripts of ``content/``. ``left``: those that cannot be offered, and why; a build
    does without them, for the audio is the same."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left: list[str] = []
        # A talk is rendered at once; its transcripts are asked for a few times, then no more.
        self.cues = lru_cache(maxsize=32)(self._cues)

    def _cues(self, one: Transcript) -> tuple[Cue, ...]:
        found = self.source.transcript(one.name)
        path = f"content/recordings/{one.name}"
        said = ""
        if isinstance(found, Problem):
            said = str(found)
        else:
            try:
                if cues := transcripts.read(found, path, automatic=one.automatic):
                    return cues
                said = f"{path}: says nothing"
            except ContentError as error:
                said = str(error)
        if said not in self.left:
            self.left.append(said)
        return ()


def brought(desk: Desk) -> tuple[list[Asset], set[str]]:
    """The files of ``content/`` that are shown, and those that are named and not there."""
    kit, found, missing, covers = desk.kit, set[str](), set[str](), dict[str, str]()
    for talk in desk.plan.talks:
        references = desk.known[talk.slug].references
        if references or talk.slides:
            here, gone = kit.files_of(talk, references)
            found |= here
            missing |= gone
        if thumbnail := kit.thumbnail(talk):
            covers[pages.cover_path(kit, talk)] = thumbnail
    image = kit.publication.podcast.image if kit.show else ""
    for path in (kit.publication.icon, kit.publication.logo, image):
        if path and "://" not in path:
            (found if path in kit.assets else missing).add(path)
    copies = [Copy(path, path) for path in sorted(found)]
    copies += [Copy(path, asset) for path, asset in sorted(covers.items())]
    copied = [Asset(copy, kit.assets[copy.asset].stamp) for copy in copies]
    # What was made may be replaced at any time, and is looked at in each build.
    return [*copied, *(Asset(copy, "") for copy in audio_of(desk))], missing


def refuse_clashes(own: Sequence[str], units: Many) -> None:
    """ContentError for files of ``content/`` that keep their paths and would replace a page of the
    site."""
    if not own:
        return
    others = {
        path
        for name, unit in units.items()
        if not name.startswith("copy ")
        for path in paths_of(unit)
    }
    folders = {folder for path in others for folder in _folders(path)}
    if clashes := [
        path
        for path in own
        if path in others or path in folders or not others.isdisjoint(_folders(path))
    ]:
        raise ContentError(
            Problem(f"content/{path}", 0, "", "would replace a page of the site", "rename it")
            for path in clashes
        )


def _folders(path: str) -> list[str]:
    """``a/b/c`` → ``a``, ``a/b``: what must be folders for the file to stand there."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
