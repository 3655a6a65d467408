"""What was there is remembered for some days, so that nobody is asked again for nothing."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from feeds.check.links.answers import Answer, File, Hop, Question
from feeds.check.links.references import Use
from feeds.check.links.sites import Art
from feeds.edges.disk import write_private
from feeds.errors import WorldError

_VERSION = 1


class Memory:
    """Good answers in one JSON file, for ``age_s`` seconds; ``now_s`` is the time.

    A file that cannot be read, or is another version's, is an empty memory.
    """

    def __init__(self, path: Path, now_s: float, age_s: float) -> None:
        self._path, self._now_s = path, now_s
        self._known: dict[str, dict[str, Any]] = {
            url: kept
            for url, kept in _read(path).items()
            if isinstance(kept, dict) and 0 <= now_s - _number(kept.get("at")) < age_s
        }

    def answer(self, question: Question) -> Answer | None:
        """What is known of an address, when it is all that is asked."""
        kept = self._known.get(question.url)
        if kept is None:
            return None
        try:
            uses = {Use(one) for one in kept["uses"]}
            hops = tuple(Hop(int(status), str(url)) for status, url in kept["hops"])
            file = File(**kept["file"]) if kept["file"] else None
            art = Art(**kept["art"]) if kept["art"] else None
            answer = Answer(question.url, int(kept["status"]), "", hops, file, art)
        except (KeyError, TypeError, ValueError):
            return None
        return answer if question.uses <= uses else None

    def note(self, question: Question, answer: Answer) -> None:
        """One more; what was not there is forgotten, and asked again the next time."""
        if answer.trouble == "unasked":
            return
        self._known.pop(answer.url, None)
        if not answer.is_good:
            return
        self._known[answer.url] = {
            "at": self._now_s,
            "status": answer.status,
            "uses": sorted(question.uses),
            "hops": [[hop.status, hop.url] for hop in answer.hops],
            "file": asdict(answer.file) if answer.file else None,
            "art": asdict(answer.art) if answer.art else None,
        }

    def keep(self) -> None:
        """Write it down. It may name what only its owner links to, so nobody else reads it.

        Where that cannot be, all is asked again the next time: no reason to lose the answers.
        """
        document = {"version": _VERSION, "answers": dict(sorted(self._known.items()))}
        with suppress(OSError, WorldError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._path, [json.dumps(document, indent=1).encode()])


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return {}
    answers = document.get("answers")
    return answers if isinstance(answers, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("-inf")
