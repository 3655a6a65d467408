"""Preview: build again and again, and keep what a person looks at meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from feeds.errors import ContentError, TalkfeedsError
from feeds.jobs.build import build
from feeds.jobs.built import Built, Destination
from feeds.jobs.digest import digest_of
from feeds.jobs.loading import Source, kit_of, read_settings, with_texts
from feeds.jobs.past import Memory
from feeds.jobs.podcast import Shelf
from feeds.model import Issue
from feeds.render import preview
from feeds.render.kit import Kit
from feeds.render.newsletter import message_of
from feeds.render.preview import Mistakes, Shown


class Stopped(Exception):  # noqa: N818 # no error: somebody saved again, or wants to leave
    """A build was given up; nothing has changed."""


@dataclass(frozen=True, slots=True)
class _State:
    """What was built last. ``here`` speaks of the preview's address, ``sent`` of the real one."""

    issues: tuple[Issue, ...]
    here: Kit
    sent: Kit


class Preview:
    """One publication while somebody works on it. ``shipped`` is a kit of what ships alone,
    which shows mistakes also when a template of the publication is one."""

    def __init__(
        self,
        source: Source,
        destination: Destination,
        base_url: str,
        shelf: Shelf,
        shipped: Kit,
        memory: Memory | None = None,
    ) -> None:
        self._source, self._destination = source, destination
        self._base_url, self._shelf, self._shipped = base_url, shelf, shipped
        self._memory = memory
        self._state: _State | None = None
        self._mistakes: Mistakes | None = None

    @property
    def ready(self) -> bool:
        """Whether a build has ever come to its end."""
        return self._state is not None

    def rebuild(self, stopped: Callable[[], bool] = lambda: False) -> Built | Mistakes:
        """Build; what went wrong is kept to be shown, and what was there before stays.

        Raises Stopped as soon as ``stopped`` says so. Any other exception is a bug, which is
        shown as one.
        """

        def progress(_done: int, _all: int) -> None:
            if stopped():
                raise Stopped

        try:
            built = build(
                self._source,
                self._destination,
                self._base_url,
                progress,
                shelf=self._shelf,
                memory=self._memory,
            )
            if self._memory:
                self._memory.seal({}, built.paths, built.touched)
            loaded = built.loaded
            here = kit_of(self._source, loaded.publication, loaded.sidecars)
            home = replace(loaded.publication, base_url=read_settings(self._source).base_url)
            # Those of an edit are opened when somebody asks; the next build may have moved them.
            issues = tuple(replace(one, talks=tuple(one.talks)) for one in loaded.plan.issues)
        except ContentError as error:
            self._mistakes = Mistakes(error.problems)
            return self._mistakes
        except TalkfeedsError as error:
            self._mistakes = Mistakes(other=str(error))
            return self._mistakes
        except Stopped:
            raise
        except Exception:
            self._mistakes = Mistakes(bug=True)
            raise
        self._state = _State(issues, here, replace(here, publication=home))
        self._mistakes = None
        return built

    def panel(self) -> str:
        """The mistakes of the newest state as HTML; empty when there are none."""
        if not self._mistakes:
            return ""
        return preview.panel(self._words(), self._mistakes, older=self.ready)

    def notice(self) -> bytes:
        """A page for an address where nothing is."""
        return preview.notice(self._words(), None if self.ready else self._mistakes)

    def digest(self, week: str = "") -> bytes | None:
        """The page that shows the issue of ``week``, else of the newest with talks."""
        found = self._issue(week)
        if found is None or self._state is None:
            return None
        sent = self._state.sent
        try:
            made = digest_of(sent, with_texts(self._source, sent, found))
        except ContentError as error:
            mistakes, words = Mistakes(error.problems), self._words()
            return preview.with_panel(
                preview.notice(words, mistakes), preview.panel(words, mistakes, older=False)
            )
        weeks = [other.week for other in self._state.issues]
        shown = Shown(made, len(message_of(sent, made)), weeks)
        return preview.digest_page(self._spoken(self._state.here), shown)

    def letter(self, week: str, scheme: str) -> bytes | None:
        """The HTML part of that issue, its links leading into the preview."""
        found = self._issue(week)
        if found is None or self._state is None or scheme not in preview.SCHEMES:
            return None
        try:
            issue = with_texts(self._source, self._state.here, found)
            return preview.letter(digest_of(self._state.here, issue).html, scheme)
        except ContentError as error:
            return preview.panel(self._words(), Mistakes(error.problems), older=False).encode()

    def style(self) -> bytes:
        """The preview's own style."""
        return preview.style(self._shipped)

    def script(self) -> bytes:
        """The preview's own script."""
        return preview.script(self._shipped)

    def _issue(self, week: str) -> Issue | None:
        issues = self._state.issues if self._state else ()
        if not week:
            return issues[0] if issues else None
        return next((issue for issue in issues if str(issue.week) == week), None)

    def _words(self) -> Kit:
        """What ships, in the publication's language."""
        return self._spoken(self._state.here) if self._state else self._shipped

    def _spoken(self, kit: Kit) -> Kit:
        return replace(self._shipped, publication=kit.publication)
