"""A podcast with one of everything, and what it must become, byte for byte.

``python -m tests.golden`` renews it; read the diff that git shows.
"""

import re
from dataclasses import replace
from pathlib import Path

from feeds import __version__
from feeds.chapters import of_talk
from feeds.model import Author, Event, PodcastSettings, Recording, Talk
from feeds.recordings import AudioFile, Chapter, Facts, Sidecar, Transcript
from feeds.render import podcast
from feeds.render.kit import Show
from feeds.render.markdown import body_of
from feeds.transcripts import Cue
from tests.support import make_kit, make_publication, make_talk

EXPECTED = Path(__file__).parent / "podcast.rss"
FIRST, SECOND, THIRD = "07jq-5VbBVQ", "0000000000b", "0000000000c"


def _talks() -> list[Talk]:
    """The newest first. The third has no audio, and counts as an episode all the same."""
    notes = "Lo que *oí*.\n\n- 0:00 Inicio\n- 12:30 Demo <en vivo> & más\n"
    return [
        make_talk(3, recording=Recording(SECOND), event=None, speakers=(), license="CC0-1.0",
                  abstract="", title="]]> & <b>3</b>", tags=("redes",)),
        make_talk(2, recording=Recording(THIRD), license="CC-BY-4.0"),
        make_talk(1, recording=Recording(FIRST), notes=notes,
                  license="https://creativecommons.org/licenses/by-sa/4.0/deed.es"),
        make_talk(4, event=Event("Otra"), recording=None),
    ]  # fmt: skip


def made() -> bytes:
    """The feed; the version of the generator is left out of it."""
    settings = PodcastSettings(
        categories=("Education > Courses", "Technology"), email="pod@talks.example", txt="prueba"
    )
    author = Author("Ana Pérez", "ana@talks.example")
    publication = make_publication(podcast=settings, author=author, license="CC-BY-SA-4.0")
    audio = {
        "talk-1": AudioFile(
            f"{FIRST}.m4a", 28_934_122, "audio/x-m4a", 1787.512, chapters=of_talk(_talks()[2], None)
        ),
        "talk-3": AudioFile(f"{SECOND}.mp3", 480_123, "audio/mpeg", 30.4),
    }
    text = Transcript(f"{FIRST}.es.vtt", "text/vtt", "es")
    facts = Facts(duration_s=1788.0, chapters=(Chapter(0, "YouTube"), Chapter(9, "sabe otros")))
    sidecars = {FIRST: Sidecar(FIRST, facts, audio=audio["talk-1"], transcripts=(text,))}
    show = Show(audio, "9b024349-ccf0-5f69-a609-6b82873eab3c")
    kit = make_kit(publication)
    kit = replace(
        kit,
        sidecars=sidecars,
        show=show,
        audible=frozenset(audio),
        cues=lambda _one: (Cue(0, 9_000, "Hola"),),
    )
    talks = _talks()
    heard = podcast.heard(show, talks)
    items = (podcast.item(kit, show, talk, body_of(talk, publication.base_url)) for talk in heard)
    found = b"".join(podcast.document(kit, show, heard, items))
    version = re.escape(__version__).encode()
    return re.sub(rb"(<generator>talkfeeds )" + version, rb"\1VERSION", found)


def write() -> None:
    """Take what is made now."""
    EXPECTED.write_bytes(made())
