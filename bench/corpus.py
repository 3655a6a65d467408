"""Generated publications: fixed seed, realistic lengths, tags and speakers."""

import random
from datetime import date, timedelta
from pathlib import Path

SEED = 20171207
TALKS_A_DAY = 40
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
plática gente comunidad estándar interfaz extensión herramienta idea""".split()  # noqa: SIM905
_NAMES = tuple("Ana Luis Kelsey Chen Vish Zihao Illya Spike Craig Erik Aaron Mei".split())  # noqa: SIM905
_SURNAMES = tuple("Pérez Gómez Hightower Goldberg Kannan Yu Curtis McLuckie Schlegel".split())  # noqa: SIM905
_SMALL = tuple("de la que en un con para por como si más pero se lo".split())  # noqa: SIM905


def _sentence(rng: random.Random) -> str:
    words = [
        rng.choice(_WORDS if rng.random() < 0.55 else _SMALL) for _ in range(rng.randint(6, 22))
    ]
    return " ".join(words).capitalize() + rng.choice((".", ".", ".", "!", "?"))


def _paragraph(rng: random.Random, size: int) -> str:
    found: list[str] = []
    while sum(map(len, found)) < size:
        found.append(_sentence(rng))
    return " ".join(found)


def talk(rng: random.Random, number: int, tags: int, speakers: int) -> str:
    """The text of one talk file, about 4 KB."""
    day = date(2012, 1, 2) + timedelta(days=number // TALKS_A_DAY)
    title = _sentence(rng)[:-1].replace(":", "")
    # A few tags and speakers are everywhere, most are rare, as in real programmes.
    tag_names = sorted({f"tema {min(int(rng.paretovariate(0.6)), tags)}" for _ in range(4)})
    names = [
        f"{rng.choice(_NAMES)} {rng.choice(_SURNAMES)} {rng.randrange(speakers)}"
        for _ in range(rng.choice((1, 1, 1, 2)))
    ]
    video = "".join(rng.choices("abcdefghijkmnopqrstuvwxyzABCDEFGH23456789-_", k=11))
    bullets = "\n".join(f"- {_paragraph(rng, 260)}" for _ in range(rng.randint(4, 8)))
    people = "\n".join(f"  - {{name: {name}, organization: Acme}}" for name in names)
    return f"""\
---
title: "{title}"
date: {day}
id: tag:example.org,2026:generated/{number}
position: {number % TALKS_A_DAY + 1}
speakers:
{people}
event: {{name: Conf {day.year}, day: {day.timetuple().tm_yday}}}
kind: {rng.choice(("keynote", "talk", "talk", "lightning"))}
tags: [{", ".join(tag_names)}]
youtube: https://youtu.be/{video}
slides: https://slides.example.org/{number}.pdf
abstract_language: en
abstract: |
  {_paragraph(rng, 900)}
---

* {_paragraph(rng, 700)}

{bullets}

Véase [la liga](https://example.org/{number}) y **esto**: {_sentence(rng)}
"""


def generate(root: Path, talks: int) -> None:
    """A publication of ``talks`` talks below ``root``: the same files every time."""
    rng = random.Random(SEED)
    folder = root / "content" / "talks"
    folder.mkdir(parents=True)
    (root / "content" / "publication.toml").write_text(_SETTINGS, "utf-8")
    for number in range(talks):
        text = talk(rng, number, tags=max(20, talks // 7), speakers=max(20, talks // 20))
        (folder / f"{number:06}.md").write_text(text, "utf-8")
