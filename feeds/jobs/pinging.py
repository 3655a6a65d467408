"""Ping: tell a WebSub hub which feeds changed since it was told last.

A hub (https://www.w3.org/TR/websub/) asks for the feed then, and passes what is new on to every
reader that subscribed there: within seconds, instead of at its next look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from feeds.errors import ContentError, Problem, WorldError
from feeds.jobs.loading import Source, read_settings

# As many refusals in a row, and the rest would fare no better.
_MAX_REFUSED = 3
_PUBLISHED = "it asks for a feed to look at it: publish first, under that address, then ping again"


class Hub(Protocol):
    """Where feeds are announced."""

    def tell(self, topic_url: str) -> str:
        """Say that this feed has changed; empty when the hub took it, else why it did not.

        WorldError when the hub can take nothing now, whatever the feed.
        """
        ...


class Site(Protocol):
    """The finished site."""

    def feeds(self) -> Mapping[str, str]:
        """Each subscription document's path below ``public/`` → a digest of its bytes.

        WorldError when nothing was built.
        """
        ...


class Memory(Protocol):
    """What a hub was told, by the feed's URL: the digest of what it was then."""

    def told(self, hub_url: str) -> Mapping[str, str]:
        """Empty before the first ping, and for another hub than that of the last."""
        ...

    def remember(self, hub_url: str, told: Mapping[str, str]) -> None:
        """Keep it, in place of what was there."""
        ...


@dataclass(frozen=True, slots=True)
class Pinged:
    """What came of it, as URLs: ``refused`` with the reason, ``waiting`` for the next time.

    ``trouble`` is what went wrong, and what to do.
    """

    told: tuple[str, ...]
    unchanged: int
    refused: Mapping[str, str]
    waiting: tuple[str, ...]
    trouble: WorldError | None


def hub_of(source: Source) -> tuple[str, str]:
    """The settings' hub and base URL; ContentError where no hub is set."""
    publication = read_settings(source)
    if not publication.feed.hub:
        remedy = 'add hub = "https://…" below [feed]: the address of a WebSub hub'
        problem = Problem("content/publication.toml", 0, "feed.hub", "is not set", remedy)
        raise ContentError([problem])
    return publication.feed.hub, publication.base_url


def ping(hub_url: str, base_url: str, site: Site, memory: Memory, hub: Hub) -> Pinged:
    """Tell the hub about every feed that is not what it was told; what it took is remembered.

    It ends early where the hub is in trouble: run again, it goes on with the rest.
    """
    now = {base_url + path: digest for path, digest in site.feeds().items()}
    before = memory.told(hub_url)
    changed = [url for url, digest in now.items() if before.get(url) != digest]
    known = {url: digest for url, digest in before.items() if url in now}
    told: list[str] = []
    refused: dict[str, str] = {}
    trouble: WorldError | None = None
    in_a_row = 0
    try:
        for url in changed:
            reason = hub.tell(url)
            if not reason:
                told.append(url)
                known[url] = now[url]
                in_a_row = 0
                continue
            refused[url] = reason
            trouble = trouble or WorldError(hub_url, f"refuses {url}: {reason}", _PUBLISHED)
            in_a_row += 1
            if in_a_row == _MAX_REFUSED:
                break
    except WorldError as error:
        trouble = error
    finally:
        if known != before:
            memory.remember(hub_url, known)
    waiting = tuple(url for url in changed if url not in known or known[url] != now[url])
    waiting = tuple(url for url in waiting if url not in refused)
    return Pinged(tuple(told), len(now) - len(changed), refused, waiting, trouble)
