"""What every renderer needs besides its talk: publication, words, templates, files at hand."""

import dataclasses
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from feeds.errors import ContentError, Problem
from feeds.model import Asset, Publication, Speaker, Talk
from feeds.recordings import AudioFile, Facts, Sidecar, Transcript
from feeds.render.words import Words
from feeds.text import absolute_url, is_web_url, xml_legal
from feeds.transcripts import Cue

if TYPE_CHECKING:
    from feeds.render.markdown import Body

# IANA media types of what people hand out as slides; Python's own table varies by machine.
_SLIDES_TYPES = {
    "pdf": "application/pdf",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "key": "application/vnd.apple.keynote",
    "zip": "application/zip",
    "txt": "text/plain",
    "md": "text/markdown",
    "html": "text/html",
}
_PAGES = {"html", "txt", "md"}
_PICTURES = ("jpg", "webp", "png")


@dataclass(frozen=True, slots=True)
class Slides:
    """A talk's slides as they can be reached: ``size_bytes`` only of a file that we hold."""

    url: str
    media_type: str
    size_bytes: int | None
    is_file: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A template's text and where it stands; ``own`` says that the publication brought it."""

    path: str
    source: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """The podcast: verified audio by the talk's slug, its guid, and the folder it lies in.

    ``folder`` is empty, or a path that nobody guesses, ending in a slash, for a private one.
    """

    audio: Mapping[str, AudioFile] = field(hash=False)
    guid: str
    folder: str = ""

    def path(self, talk: Talk) -> str:
        """The talk's audio below ``public/``; KeyError when it has none."""
        suffix = self.audio[talk.slug].name.rpartition(".")[2]
        return f"{self.folder}audio/{talk.slug}.{suffix}"

    def cover_path(self, talk: Talk) -> str:
        """The talk's square cover below ``public/``: its own, or the one that is drawn."""
        given = talk.audio.image if talk.audio else ""
        suffix = given.rpartition(".")[2].lower() or "jpg"
        return f"{self.folder}covers/square/{talk.slug}.{suffix}"


@dataclasses.dataclass(frozen=True)
class Kit:
    """Passed to every renderer. ``assets``: files below ``content/`` by their path.

    ``sidecars``: what is known of recordings, by YouTube id. ``audible``: slugs of the talks
    whose audio this build offers to everyone. ``show``: the podcast, when a talk has audio.
    ``cues``: what a transcript says, whole; nothing when it cannot be offered.
    """

    publication: Publication
    templates: Mapping[str, Template] = field(hash=False)
    catalogs: Mapping[str, str] = field(hash=False)
    assets: Mapping[str, Asset] = field(hash=False, default_factory=dict)
    sidecars: Mapping[str, Sidecar] = field(hash=False, default_factory=dict)
    audible: frozenset[str] = frozenset()
    show: Show | None = field(hash=False, default=None)
    cues: Callable[[Transcript], tuple[Cue, ...]] = field(hash=False, default=lambda _one: ())

    @cached_property
    def words(self) -> Words:
        """The publication's language."""
        return Words(self.publication.language, self.catalogs)

    def url(self, path: str) -> str:
        """A path below ``public/`` as an absolute URL."""
        return self.publication.base_url + path

    def slides(self, talk: Talk) -> Slides | None:
        """Where the slides are; None when there are none, or when the file is not there."""
        if not talk.slides:
            return None
        # Every format of one talk asks.
        last = self.__dict__.get("_slides")
        if last is None or last[0] != talk.slides:
            last = self.__dict__["_slides"] = (talk.slides, self._found_slides(talk))
        return last[1]

    def _found_slides(self, talk: Talk) -> Slides | None:
        on_the_web = is_web_url(talk.slides)
        path = urlsplit(talk.slides).path if on_the_web else talk.slides
        suffix = path.rpartition(".")[2].lower()
        media_type = _SLIDES_TYPES.get(suffix, "")
        if on_the_web:
            is_file = bool(media_type) and suffix not in _PAGES
            url = absolute_url(self.publication.base_url, talk.slides)
            return Slides(url, media_type or "text/html", None, is_file)
        asset = self.assets.get(talk.slides)
        if asset is None:
            return None
        url = self.url(quote(talk.slides))
        return Slides(url, media_type or "application/octet-stream", asset.size_bytes, is_file=True)

    def picture_url(self, reference: str) -> str:
        """An icon or logo, by its URL or its path below ``content/``; empty when not there."""
        if not reference:  # every document of a feed asks
            return ""
        if is_web_url(reference):
            return absolute_url(self.publication.base_url, reference)
        return self.url(quote(reference)) if reference in self.assets else ""

    def thumbnail(self, talk: Talk) -> str:
        """The asset that pictures the talk's recording, when the publication holds one."""
        if talk.recording is None:
            return ""
        for suffix in _PICTURES:
            path = f"recordings/{talk.recording.youtube_id}.{suffix}"
            if path in self.assets:
                return path
        return ""

    def picture(self, talk: Talk) -> str:
        """URL of the picture of the talk's recording where YouTube may be asked (mails, feeds).

        The publication's own when it holds one, else YouTube's; empty without a recording,
        and when ``[newsletter] thumbnails`` says so.
        """
        if talk.recording is None or self.publication.newsletter.thumbnails != "youtube":
            return ""
        if asset := self.thumbnail(talk):
            return self.url(f"covers/{asset.rpartition('/')[2]}")
        return talk.recording.thumbnail_url

    def audio(self, talk: Talk) -> AudioFile | None:
        """The talk's audio, when everyone may have it."""
        if self.show is None or self.show.folder or talk.slug not in self.audible:
            return None
        return self.show.audio.get(talk.slug)

    def audio_url(self, talk: Talk) -> str:
        """Where the talk's audio is, for everyone; empty when it has none."""
        return self.url(self.show.path(talk)) if self.show and self.audio(talk) else ""

    def sidecar(self, talk: Talk) -> Sidecar | None:
        """What stands beside the talk's recording."""
        return self.sidecars.get(talk.recording.youtube_id) if talk.recording else None

    def facts(self, talk: Talk) -> Facts | None:
        """What YouTube said of the talk's recording, when it was asked."""
        sidecar = self.sidecar(talk)
        return sidecar.facts if sidecar else None

    def files_of(self, talk: Talk, references: Iterable[str]) -> tuple[set[str], set[str]]:
        """Paths below ``content/`` that the talk shows: those at hand, and those missing."""
        wanted = {path for path in references if path and not path.endswith("/")}
        if talk.slides and not is_web_url(talk.slides):
            wanted.add(talk.slides)
        found = {path for path in wanted if path in self.assets}
        return found, wanted - found

    def content(self, talk: Talk, body: "Body") -> str:
        """The talk whole, as HTML for feeds; every format of one talk shares it."""
        last = self.__dict__.get("_content")
        if last is None or last[0] is not talk or last[1] is not body:
            last = (talk, body, self.render("entry.html", talk=talk, body=body))
            self.__dict__["_content"] = last
        return str(last[2])

    def render(self, template: str, /, **values: object) -> str:
        """A template's text for ``values``; ContentError where an own template is broken."""
        import jinja2

        try:
            found = str(self.environment.get_template(template).render(**values))
        except jinja2.TemplateSyntaxError as error:
            self._blame(error, error.filename or "", error.lineno)
            raise
        except Exception as error:
            for frame in reversed(traceback.extract_tb(error.__traceback__)):
                self._blame(error, frame.filename, frame.lineno or 0)
            # A template that ships stumbled over one that does not give it what it imports.
            own = [found.path for found in self.templates.values() if found.own]
            if own and isinstance(error, jinja2.TemplateError):
                self._blame(error, own[0], 0)
            raise
        found = xml_legal(found)
        return found.replace("\r\n", "\n").replace("\r", "\n") if "\r" in found else found

    def _blame(self, error: Exception, path: str, line: int) -> None:
        """A mistake in a template that the publication brought is the publication's."""
        if any(template.own and template.path == path for template in self.templates.values()):
            raise ContentError([Problem(path, line, "", *_cause_and_remedy(error))]) from error

    @cached_property
    def environment(self) -> Any:
        """Jinja2 over ``templates``, in the publication's words, refusing unknown names."""
        import jinja2

        from feeds.render.folding import FoldingEnvironment

        def load(name: str) -> tuple[str, str, None] | None:
            template = self.templates.get(name)
            return (template.source, template.path, None) if template else None

        environment = FoldingEnvironment(
            loader=jinja2.FunctionLoader(load),
            autoescape=jinja2.select_autoescape(["html"]),
            undefined=jinja2.StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            bytecode_cache=FoldingEnvironment.compiled,
        )
        environment.install_gettext_translations(  # type: ignore[attr-defined] # by the extension
            self.words.translations, newstyle=True
        )
        environment.say = self.words.translations.gettext
        environment.fixed = {"publication": self.publication}
        environment.globals.update(
            publication=self.publication,
            words=self.words,
            slides_of=self.slides,
            picture_of=self.picture,
            byline=byline,
            host_of=host_of,
        )
        return environment


def _cause_and_remedy(error: Exception) -> tuple[str, str]:
    import jinja2

    if isinstance(error, RecursionError):
        return (
            "leads back to itself without an end",
            "take out the include, extends, import or macro call that closes the circle",
        )
    if isinstance(error, jinja2.TemplateNotFound):
        names = error.templates if isinstance(error, jinja2.TemplatesNotFound) else [error.name]
        quoted = " or ".join(f"“{name}”" for name in names)
        return f"there is no template {quoted}", "put it right into templates/, or correct its name"
    message = str(error) or type(error).__name__
    return message, "correct the template, or remove it to use the one that ships"


def host_of(url: str) -> str:
    """``kubecon.example`` for a web address: what a link to another site is called."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") or url
    except ValueError:
        return url


def byline(speakers: Iterable[Speaker], *, roles: bool = False) -> str:
    """``Zihao Yu, Illya Chekrygin (HBO)``; with ``roles`` also what they do there.

    Commas, no "and": Spanish would need "e" before Illya, and no library knows that.
    """

    groups: list[tuple[str, list[str]]] = []
    for speaker in speakers:
        shared = speaker.organization
        if roles and speaker.role:
            shared = f"{speaker.role}, {shared}" if shared else speaker.role
        if groups and groups[-1][0] == shared:
            groups[-1][1].append(speaker.name)
        else:
            groups.append((shared, [speaker.name]))
    told = ((", ".join(names), shared) for shared, names in groups)
    return ", ".join([f"{names} ({shared})" if shared else names for names, shared in told])
