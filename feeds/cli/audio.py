"""``talkfeeds audio``: what is known of recordings, and their audio. Wiring and printing."""

import argparse
import os
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, print_json, root_of, some
from feeds.errors import UsageError, WorldError

if TYPE_CHECKING:
    from feeds.jobs.audio.deciding import Errand
    from feeds.jobs.audio.fetching import Fetched, Line, Progress
    from feeds.jobs.audio.parts import Studio, Tube
    from feeds.jobs.audio.status import Standing
    from feeds.model import Publication, Talk
    from feeds.recordings import Chapter, Facts

COOKIES = "TALKFEEDS_COOKIES"


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command and its own into the parser."""
    audio = add_command(
        commands,
        "audio",
        None,
        "what is known of the talks' recordings, and audio made of them",
        "talkfeeds audio fetch --metadata-only\n         talkfeeds audio status",
    )
    inner = audio.add_subparsers(title="commands", metavar="COMMAND", required=True)
    fetch = add_command(
        inner,
        "fetch",
        _fetch,
        "ask YouTube about the recordings, and make audio where it is wanted and allowed",
        "talkfeeds audio fetch --metadata-only\n         talkfeeds audio fetch --talk my-talk",
    )
    fetch.add_argument(
        "--talk",
        action="append",
        default=[],
        metavar="SLUG",
        help="this talk alone (may be repeated)",
    )
    fetch.add_argument("--metadata-only", action="store_true", help="facts, and no files")
    fetch.add_argument(
        "--again", action="store_true", help="ask also those who said no, and renew facts"
    )
    fetch.add_argument("--dry-run", action="store_true", help="say what would be asked for")
    fetch.add_argument("--json", action="store_true", help="the result as JSON")
    status = add_command(
        inner,
        "status",
        _status,
        "say for each talk whether it has audio, and why not",
        "talkfeeds audio status",
    )
    status.add_argument("--json", action="store_true", help="the result as JSON")
    prune = add_command(
        inner,
        "prune",
        _prune,
        "say which audio files would make room; with --yes, remove them",
        "talkfeeds audio prune --keep 50 --yes",
    )
    prune.add_argument("--keep", type=int, metavar="N", help="keep the audio of the newest N talks")
    prune.add_argument(
        "--older-than", metavar="TIME", help="remove what was made longer ago, such as 90d"
    )
    prune.add_argument("--bytes", metavar="SIZE", help="keep the newest up to this, such as 10G")
    prune.add_argument("--yes", action="store_true", help="really remove")
    prune.add_argument("--json", action="store_true", help="the result as JSON")


def tube_of(root: Path, publication: "Publication", cookies: str) -> "Tube":
    """Who asks YouTube."""
    from feeds.edges.recordings import Shelf
    from feeds.edges.youtube import YouTube

    cache = root / ".talkfeeds" / "cache" / "yt-dlp"
    pause_s = publication.audio.pause_s
    return YouTube(Shelf(root).sources, cache, cookies=cookies, pause_s=pause_s)


def studio_of(root: Path) -> "Studio":
    """Who makes audio files, with the talks' covers in them."""
    from feeds.edges import studio
    from feeds.render import covers

    shelf = studio.Shelf(root)

    def cover(publication: "Publication", talk: "Talk") -> bytes:
        given = talk.audio.image if talk.audio else ""
        if given and not shelf.unfit(given):
            return (root / "content" / given).read_bytes()
        found = covers.of_talk(publication, talk)
        return shelf.picture(found.key, lambda: covers.draw(found))

    return studio.Studio(root / ".talkfeeds" / "audio", cover)


def _chapters_of(talk: "Talk", facts: "Facts | None") -> "tuple[Chapter, ...]":
    """The same chapters as stand beside the audio on the site."""
    from feeds.chapters import of_talk

    return of_talk(talk, facts)


def cookies_of(environment: Mapping[str, str]) -> str:
    """The cookies file that ``TALKFEEDS_COOKIES`` names; WorldError when it is none."""
    path = environment.get(COOKIES, "").strip()
    if not path:
        return ""
    from feeds.check import State
    from feeds.check.tools import check_cookies
    from feeds.edges.machine import cookies_at

    if not Path(path).is_file():
        raise WorldError(COOKIES, f"{path} is no file", "export cookies.txt from a browser")
    verdict = check_cookies(cookies_at(Path(path)))
    if verdict.state is State.ERROR:
        raise WorldError(COOKIES, f"{path} {verdict.message}", verdict.remedy)
    return path


def _read(root: Path) -> "tuple[Publication, list[Talk]]":
    """The publication and its talks, newest first."""
    from feeds.edges.content import Folder
    from feeds.jobs.loading import read_settings, read_talks

    source = Folder(root)
    publication = read_settings(source)
    talks = read_talks(source, publication)
    return publication, sorted(talks, key=lambda talk: (talk.published, talk.id), reverse=True)


def _fetch(options: argparse.Namespace) -> int:
    from feeds.edges.recordings import Shelf
    from feeds.jobs.audio.deciding import Order
    from feeds.jobs.audio.fetching import due_errands, fetch
    from feeds.jobs.audio.parts import World

    root = root_of(options)
    publication, talks = _read(root)
    if unknown := sorted(set(options.talk) - {talk.slug for talk in talks}):
        raise UsageError(f"--talk {unknown[0]}: no talk has this slug")
    if drafts := sorted(talk.slug for talk in talks if talk.draft and talk.slug in options.talk):
        raise UsageError(f"--talk {drafts[0]}: it is a draft, and nothing is fetched for those")
    cookies = cookies_of(os.environ)
    order = Order(tuple(options.talk), options.metadata_only, options.again)
    world = World(
        lambda: tube_of(root, publication, cookies),
        studio_of(root),
        Shelf(root),
        lambda: datetime.now(UTC),
        random.random,
        cookies=bool(cookies),
    )
    if options.dry_run:
        found, held = due_errands(publication, talks, world, order, _chapters_of)
        return _would(found, held, as_json=options.json)
    with _bar() as told:
        fetched = fetch(publication, talks, world, order, told, _chapters_of)
    return _told(fetched, as_json=options.json)


def _would(found: "tuple[Errand, ...]", held: datetime | None, *, as_json: bool) -> int:
    lines = [
        {
            "youtube_id": errand.youtube_id,
            "talks": [talk.slug for talk in errand.talks],
            "wanted": [
                name
                for name in ("facts", "audio", "retag", "subtitles", "thumbnail")
                if getattr(errand, name)
            ],
        }
        for errand in found
    ]
    if as_json:
        print_json({"dry_run": True, "held": held and held.isoformat(), "recordings": lines})
        return 0
    for line in lines:
        print(f"{line['youtube_id']}  {', '.join(line['wanted'])}: {', '.join(line['talks'])}")
    if held is not None:
        print(f"YouTube shut the door: nobody is asked before {_moment(held)}", file=sys.stderr)
    elif not lines:
        print("nothing to ask for", file=sys.stderr)
    return 0


def _told(fetched: "Fetched", *, as_json: bool) -> int:
    from feeds.recordings import Outcome

    failed = [line for line in fetched.lines if line.outcome is not Outcome.OK]
    if as_json:
        print_json(
            {
                "recordings": [_line_as_json(line) for line in fetched.lines],
                "held": fetched.held and fetched.held.isoformat(),
                "left": fetched.left,
                "stopped": fetched.stopped,
            }
        )
    else:
        for line in fetched.lines:
            said = f": {line.said}" if line.said else ""
            made = f" {line.made}" if line.made else ""
            print(f"{line.youtube_id}  {line.outcome}{made}  {', '.join(line.slugs)}{said}")
            for remark in line.remarks:
                print(f"    {remark}")
    good = len(fetched.lines) - len(failed)
    if fetched.held is not None:
        print(
            f"YouTube shut the door in an earlier run: {some(fetched.left, 'recording')} not asked "
            f"for before {_moment(fetched.held)}",
            file=sys.stderr,
        )
    elif not fetched.lines and not fetched.left:
        print("nothing new to ask for", file=sys.stderr)
    else:
        print(f"{some(good, 'recording')} done, {len(failed)} not", file=sys.stderr)
    if fetched.stopped:
        print(
            f"stopped asking ({fetched.stopped}); {some(fetched.left, 'recording')} left",
            file=sys.stderr,
        )
    return 1 if failed or fetched.left else 0


def _status(options: argparse.Namespace) -> int:
    from feeds.edges.recordings import Shelf
    from feeds.edges.shelf import Shelf as Audio
    from feeds.jobs.audio.status import State, status

    root = root_of(options)
    publication, talks = _read(root)
    shelf, now = Shelf(root), datetime.now(UTC)
    cookies = bool(os.environ.get(COOKIES, "").strip())
    fault = Audio(root).fault
    found = status(publication, talks, shelf.sidecars(), fault, now, _chapters_of, cookies=cookies)
    if options.json:
        print_json({"talks": [_standing_as_json(standing) for standing in found]})
        return 0
    for one in found:
        print(f"{one.state:<12} {one.slug}: {one.reason}")
        if one.said and one.state in {State.REFUSED, State.WAITING}:
            print(f"    {one.said}")
        if one.not_before is not None:
            print(f"    not asked before {_moment(one.not_before)}")
        if one.remedy:
            print(f"    {one.remedy}")
    ready = sum(one.state is State.READY for one in found)
    print(f"{some(len(found), 'talk')}: {ready} with audio", file=sys.stderr)
    return 0


def _prune(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from feeds.edges.recordings import Shelf
    from feeds.jobs.audio.pruning import Limits, goners
    from feeds.settings import bytes_of, seconds_of

    age = seconds_of(options.older_than) if options.older_than else None
    size = bytes_of(options.bytes) if options.bytes else None
    if options.older_than and age is None:
        raise UsageError(f"--older-than {options.older_than!r} is no duration, such as 90d")
    if options.bytes and size is None:
        raise UsageError(f"--bytes {options.bytes!r} is no size, such as 10G")
    if options.keep is not None and options.keep < 0:
        raise UsageError("--keep takes a number from 0")
    root = root_of(options)
    _, talks = _read(root)
    shelf, now = Shelf(root), datetime.now(UTC)
    # Looking changes nothing, and needs no right to.
    with shelf.hold() if options.yes else nullcontext():
        sidecars = shelf.sidecars()
        found = goners(talks, sidecars, shelf.files(), Limits(options.keep, age, size), now)
        if options.yes:
            for one in found:
                if one.youtube_id:
                    # The record first: none ever names a file that is not there.
                    pruned = now.replace(microsecond=0)
                    shelf.keep(replace(sidecars[one.youtube_id], audio=None, pruned=pruned))
                shelf.remove(one.name)
    freed = sum(one.size_bytes for one in found)
    if options.json:
        files = [{"name": one.name, "bytes": one.size_bytes, "reason": one.reason} for one in found]
        print_json({"dry_run": not options.yes, "files": files, "bytes": freed})
        return 0
    for one in found:
        print(f"{'removed' if options.yes else 'would remove'} {one.name}: {one.reason}")
    would = "" if options.yes or not found else "; --yes removes them"
    print(f"{some(len(found), 'file')}, {freed:,} bytes{would}", file=sys.stderr)
    return 0


def _line_as_json(line: "Line") -> dict[str, object]:
    return {
        "youtube_id": line.youtube_id,
        "talks": list(line.slugs),
        "outcome": str(line.outcome),
        "said": line.said,
        "made": line.made,
        "remarks": list(line.remarks),
    }


def _standing_as_json(one: "Standing") -> dict[str, object]:
    return {
        "slug": one.slug,
        "title": one.title,
        "youtube_id": one.youtube_id,
        "state": str(one.state),
        "reason": one.reason,
        "remedy": one.remedy,
        "outcome": str(one.outcome) if one.outcome else None,
        "said": one.said,
        "not_before": one.not_before and one.not_before.isoformat(),
        "facts": one.facts,
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@contextmanager
def _bar() -> "Iterator[Progress]":
    """Recordings and bytes, on a terminal only; rich is imported when there is something."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _all, _bytes: None
        return
    from rich import progress as rich
    from rich.console import Console

    columns: list[str | rich.ProgressColumn] = ["{task.description}", rich.BarColumn(24)]
    columns += [rich.DownloadColumn(), rich.TransferSpeedColumn()]
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        tasks: dict[str, rich.TaskID] = {}

        def show(done: int, total: int, running: Mapping[str, tuple[int, int]]) -> None:
            for gone in set(tasks) - set(running):
                shown.remove_task(tasks.pop(gone))
            for name, (so_far, size) in running.items():
                if name not in tasks:
                    tasks[name] = shown.add_task(name, total=size or None)
                about = f"{name} ({done} of {total} done)"
                shown.update(tasks[name], completed=so_far, total=size or None, description=about)

        yield show
