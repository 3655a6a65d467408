"""The values of the field: frozen, complete, and free of any input or output.

Whoever holds one of these need not check it again: ``settings``, ``entry`` and ``notes``
are the only doors, and they let nothing half-formed through.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from feeds.errors import UsageError
from feeds.model.people import Status as Status
from feeds.model.people import Subscriber as Subscriber
from feeds.model.people import SubscriberCounts as SubscriberCounts

# Talks are dated within these; what lies outside is a slip of the finger.
FIRST_YEAR, LAST_YEAR = 1900, 2199

# The two levels of `[newsletter] thumbnails`: the recording's own picture, or none.
THUMBNAILS = ("youtube", "none")
# By what `[feed] by` gives talks a feed of their own.
FEED_KINDS = ("tag", "speaker", "event", "language")
# Containers that audio is made in; YouTube's own sound goes into m4a unchanged.
AUDIO_FORMATS = ("m4a", "mp3", "opus")
# Forms of `[site] precompress`, by the end of their files' names: gzip, brotli, Zstandard.
ENCODINGS = ("gz", "br", "zst")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person on the stage. Only the name is certain; the rest is empty when unknown."""

    name: str
    role: str = ""
    organization: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Where the talk was given. ``day`` is what people call the day ("2", "Tutorials")."""

    name: str
    day: str = ""
    url: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A further link of a talk: absolute URL, and the words to show for it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The video that a talk links to, by its eleven-character YouTube id.

    ``duration_s`` is known when its sidecar says it.
    """

    youtube_id: str
    duration_s: float | None = None

    @property
    def url(self) -> str:
        """The canonical watch page."""
        return f"https://www.youtube.com/watch?v={self.youtube_id}"

    @property
    def thumbnail_url(self) -> str:
        """320 × 180 pixels, 16:9, there for every public video; hosted by YouTube."""
        return f"https://i.ytimg.com/vi/{self.youtube_id}/mqdefault.jpg"


@dataclass(frozen=True, slots=True)
class AudioChoice:
    """What a talk says about its audio; ``None`` leaves the publication's choice.

    ``start_s`` and ``end_s`` are seconds into the recording; ``image`` is the episode's own cover,
    a path below ``content/``.
    """

    enabled: bool = True
    download: bool | None = None
    format: str = ""
    start_s: float | None = None
    end_s: float | None = None
    chapters: bool | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """One entry: its front matter, with every default filled in, and its notes.

    ``notes`` and ``abstract`` are Markdown. ``published`` and ``updated`` carry an offset.
    ``source`` is the file's path relative to the root, for messages. A talk that is ``withdrawn``
    was published and is shown no more, for a ``reason``; feeds say so.
    """

    id: str
    slug: str
    title: str
    date: date
    published: datetime
    updated: datetime
    language: str
    position: int = 0
    speakers: tuple[Speaker, ...] = ()
    event: Event | None = None
    kind: str = "talk"
    level: str = ""
    tags: tuple[str, ...] = ()
    abstract: str = ""
    abstract_language: str = ""
    recording: Recording | None = None
    slides: str = ""
    links: tuple[Link, ...] = ()
    license: str = ""
    audio: AudioChoice | None = None
    draft: bool = False
    withdrawn: bool = False
    reason: str = ""
    notes: str = ""
    source: str = ""

    @property
    def hidden(self) -> bool:
        """Whether no page, mail or podcast may show it: a draft, or withdrawn."""
        return self.draft or self.withdrawn

    @property
    def path(self) -> str:
        """Its page below ``public/`` and below the base URL."""
        return f"talks/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Author:
    """Who publishes: RFC 4287 §3.2, a Person construct."""

    name: str
    email: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """``[feed]``: ``entries`` is how many of the newest talks a feed lists at least.

    ``by``: which of FEED_KINDS have a feed for each name. ``hub`` is a WebSub hub's URL.
    """

    entries: int = 50
    by: tuple[str, ...] = FEED_KINDS
    hub: str = ""


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """``[newsletter]``: what the digest looks like. ``thumbnails``: one of THUMBNAILS."""

    title: str = ""
    reason: str = ""
    thumbnails: str = "youtube"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """``[mail]``: who sends, and how. ``sender`` is an RFC 5322 mailbox (``Name <a@b>``).

    ``return_path`` is where bounces go (the sender's address when empty); ``web_url`` is where
    ``talkfeeds web`` is reached, ending in a slash. ``rate`` is in messages a second, 0 for no
    limit. A scheduled issue goes out at most ``max_lateness_s`` after its week; a letter that
    the relay defers is tried again after ``retry_after_s``, twice that, and so on, for
    ``retry_for_s``. Whoever bounced in ``max_bounces`` issues gets no more.
    """

    sender: str = ""
    reply_to: str = ""
    unsubscribe: str = ""
    postal_address: str = ""
    return_path: str = ""
    web_url: str = ""
    connections: int = 4
    messages_per_connection: int = 100
    rate: int = 0
    max_lateness_s: int = 3 * 86_400
    retry_after_s: int = 60
    retry_for_s: int = 4 * 3_600
    max_bounces: int = 3


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """``[audio]``: whether recordings become audio, and how. ``format``: one of AUDIO_FORMATS.

    ``loudness`` brings the result to −16 LUFS. At most ``parallel`` recordings are worked on at
    once; between two requests to YouTube lie ``pause_s``. Nothing is fetched while less than
    ``min_free_bytes`` would stay free on the disk.
    """

    download: bool = False
    format: str = "m4a"
    loudness: bool = False
    parallel: int = 2
    pause_s: int = 3
    min_free_bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PodcastSettings:
    """``[podcast]``: the show as directories list it; empty takes the publication's own.

    ``private`` keeps it out of directories, and its address unguessable. ``categories`` are
    Apple's ("Technology", "Education > Courses"). ``guid`` is only given by whoever brings a
    show along from elsewhere. ``image`` is its cover, a URL or a path below ``content/``.
    """

    private: bool = False
    title: str = ""
    description: str = ""
    author: str = ""
    email: str = ""
    categories: tuple[str, ...] = ("Technology",)
    explicit: bool = False
    image: str = ""
    guid: str = ""
    locked: bool = True
    txt: str = ""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """``[site]``: what is made beside the pages. ``precompress``: some of ENCODINGS."""

    precompress: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """``content/publication.toml``. ``base_url`` ends in a slash; ``timezone`` is IANA."""

    title: str
    id: str
    base_url: str
    language: str = "en"
    timezone: str = "UTC"
    subtitle: str = ""
    author: Author | None = None
    license: str = ""
    icon: str = ""
    logo: str = ""
    feed: FeedSettings = field(default_factory=FeedSettings)
    newsletter: NewsletterSettings = field(default_factory=NewsletterSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    podcast: PodcastSettings = field(default_factory=PodcastSettings)
    site: SiteSettings = field(default_factory=SiteSettings)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week, Monday to Sunday, written ``2017-W49``."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Week":
        """``2017-W49`` → Week; raises UsageError for anything that is no such week."""
        form = re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text.strip().upper())
        try:
            if form is None or not FIRST_YEAR <= int(form[1]) <= LAST_YEAR:
                raise ValueError
            week = cls(int(form[1]), int(form[2]))
            week.monday.isoformat()
        except ValueError:
            raise UsageError(
                f"{text!r} is not an ISO week (write it as 2017-W49; a year has 52 or 53 of them)"
            ) from None
        return week

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week that a calendar day falls into."""
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One digest: the talks published in ``week``, in the publication's time zone.

    ``start`` and ``end`` bound it half-open, both local midnights with their offsets.
    ``talks`` stand in reading order: by day, event, position.
    """

    week: Week
    start: datetime
    end: datetime
    talks: tuple[Talk, ...]

    @property
    def path(self) -> str:
        """Its page below ``public/`` and below the base URL.

        That page lists the talks of the week itself. An issue that tells older ones alone has
        none, and its path is the home page's.
        """
        own = any(self.start <= talk.published < self.end for talk in self.talks)
        return f"issues/{self.week}/" if own else ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that a publication brings along (slides, pictures): its size on disk, and what tells
    this state of it from another."""

    path: str
    size_bytes: int
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A finished file: ``path`` below the output folder, with forward slashes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Document(Output):
    """A feed's document, put together from what was made before: ``start``, ``fragments`` and
    ``end``, with nothing but commas and line ends between them. Each fragment is given with the
    name of what it is of, which stands for its bytes."""

    start: bytes
    fragments: tuple[tuple[str, bytes], ...]
    end: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of ``content/`` that goes out unchanged: from ``asset`` to ``path``.

    With ``made`` it is one below ``.talkfeeds/``, which is never written to again: it may go
    out as another name of the same file. ``size_bytes`` is what a feed says of its length; a file
    of another one, which took its place meanwhile, does not go out.
    """

    path: str
    asset: str
    made: bool = False
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished file that lies in the stage, by its name there, until all others are finished."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished file that stands in its place already, as it should."""

    path: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write came to, in files."""

    written: int
    unchanged: int
    removed: int
