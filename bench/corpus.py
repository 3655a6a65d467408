"""Generated publications: fixed seed, realistic lengths, tags, speakers and conferences.

At 10,000 talks there are 1,428 tags and some 7,150 speakers; a talk file has some 4 KB. What a
talk says is made once, as a value, so that each tool gets the same talks in its own form.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

SEED = 20171207
TALKS_A_DAY = 40
# A conference lasts four days, and the next one begins two weeks later.
DAYS = 4
FIRST_DAY = date(2012, 1, 2)
_SETTINGS = """\
title = "Generated talks"
subtitle = "A publication that was made to be measured"
id = "tag:example.org,2026:generated"
base_url = "https://talks.example.org/"
language = "es-MX"
timezone = "America/Mexico_City"
author = "Nobody in Particular"
"""
_WORDS = """clúster despliegue servicio contenedor memoria nodo registro métrica prueba versión
código rama equipo problema ejemplo proyecto configuración seguridad permiso usuario tráfico
réplica volumen imagen etiqueta política evento mensaje cola base datos consulta índice latencia
carga balanceador operador controlador recurso límite cuota alerta tablero demo pregunta respuesta
plática gente comunidad estándar interfaz extensión herramienta idea""".split()
_NAMES = tuple("Ana Luis Kelsey Chen Vish Zihao Illya Spike Craig Erik Aaron Mei".split())
_SURNAMES = tuple("Pérez Gómez Hightower Goldberg Kannan Yu Curtis McLuckie Schlegel".split())
_SMALL = tuple("de la que en un con para por como si más pero se lo".split())
_ALL = (*_WORDS, *_SMALL)
# Of a hundred words fifty-five are big ones.
_WEIGHTS = tuple(
    accumulate([55 / len(_WORDS)] * len(_WORDS) + [45 / len(_SMALL)] * len(_SMALL)),
)


@dataclass(frozen=True, slots=True)
class Made:
    """One talk, before it is written in a tool's own form. ``body`` and ``abstract``: Markdown."""

    number: int
    title: str
    day: date
    position: int
    event: str
    event_day: int
    kind: str
    tags: tuple[str, ...]
    speakers: tuple[str, ...]
    youtube: str
    abstract: str
    body: str


def _sentence(rng: random.Random) -> str:
    words = rng.choices(_ALL, cum_weights=_WEIGHTS, k=rng.randint(6, 22))
    return " ".join(words).capitalize() + rng.choice((".", ".", ".", "!", "?"))


def _paragraph(rng: random.Random, size: int) -> str:
    found: list[str] = []
    length = 0
    while length < size:
        found.append(_sentence(rng))
        length += len(found[-1])
    return " ".join(found)


def _person(number: int) -> str:
    first = _NAMES[number % len(_NAMES)]
    return f"{first} {_SURNAMES[number // len(_NAMES) % len(_SURNAMES)]} {number}"


def _shares(tags: int) -> tuple[float, ...]:
    """Cumulative: a few tags are everywhere, most are rare, as in real programmes."""
    return tuple(accumulate(rank**-0.8 for rank in range(1, tags + 1)))


def talks(count: int, in_one_week: bool = False) -> Iterator[Made]:  # noqa: FBT001, FBT002
    """``count`` talks, the same every time, oldest first; all in the first week if asked for."""
    rng = random.Random(SEED)
    topics = max(20, count // 7)
    shares = _shares(topics)
    people = max(20, count)
    a_day = -(-count // 5) if in_one_week else TALKS_A_DAY
    for number in range(count):
        held, place = divmod(number, a_day)
        event, event_day = (0, held) if in_one_week else divmod(held, DAYS)
        body = "\n".join(f"- {_paragraph(rng, 260)}" for _ in range(rng.randint(4, 8)))
        yield Made(
            number,
            title=_sentence(rng)[:-1],
            day=FIRST_DAY + timedelta(days=14 * event + event_day),
            position=place + 1,
            event=f"Conf {event + 1}",
            event_day=event_day + 1,
            kind=rng.choice(("keynote", "talk", "talk", "lightning")),
            tags=tuple(
                f"tema {tag}"
                for tag in sorted(set(rng.choices(range(topics), cum_weights=shares, k=4)))
            ),
            speakers=tuple(
                _person(one)
                for one in sorted({rng.randrange(people) for _ in range(rng.choice((1, 1, 1, 2)))})
            ),
            youtube="".join(
                [*rng.choices("abcdefghijkmnopqrstuvwxyzABCDEFGH23456789-_", k=10), "A"]
            ),
            abstract=_paragraph(rng, 900),
            body=(
                f"* {_paragraph(rng, 700)}\n\n{body}\n\n"
                f"Véase [la liga](https://example.org/{number}) y **esto**: {_sentence(rng)}\n"
            ),
        )


def talk_file(made: Made) -> str:
    """A talk file of ours."""
    people = "\n".join(f"  - {{name: {name}, organization: Acme}}" for name in made.speakers)
    return f"""\
---
title: "{made.title}"
date: {made.day}
id: tag:example.org,2026:generated/{made.number}
position: {made.position}
speakers:
{people}
event: {{name: {made.event}, day: {made.event_day}}}
kind: {made.kind}
tags: [{", ".join(made.tags)}]
youtube: https://youtu.be/{made.youtube}
slides: https://slides.example.org/{made.number}.pdf
abstract_language: en
abstract: |
  {made.abstract}
---

{made.body}"""


def generate(root: Path, count: int, *, in_one_week: bool = False) -> None:
    """A publication of ``count`` talks below ``root``: the same files every time."""
    folder = root / "content" / "talks"
    folder.mkdir(parents=True)
    (root / "content" / "publication.toml").write_text(_SETTINGS, "utf-8")
    for made in talks(count, in_one_week):
        (folder / f"{made.number:06}.md").write_text(talk_file(made), "utf-8")
