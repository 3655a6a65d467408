"""New: a publication that builds at once, or one talk file."""

from datetime import date
from urllib.parse import urlsplit

from feeds import entry, settings
from feeds.errors import UsageError
from feeds.jobs.loading import Source, read_settings, read_talks
from feeds.model import Output, Recording, Talk
from feeds.text import (
    default_published,
    forbidden_in_xml,
    is_language,
    one_line,
    slugify,
    xml_legal,
    youtube_id,
)

_WELCOME = {
    "en": (
        "Welcome to your publication",
        (
            "These are your notes, in Markdown. **Edit this file**, or delete it and run"
            ' `talkfeeds new --talk "A title"` for the next one.\n\n'
            "- Put a link to the recording into `youtube:` and one to the slides into `slides:`.\n"
            "- `talkfeeds import notes.md` turns a whole day of notes into files like this one."
        ),
    ),
    "es": (
        "Te damos la bienvenida",
        (
            "Estas son tus notas, en Markdown. **Edita este archivo**, o bórralo y usa"
            ' `talkfeeds new --talk "Un título"` para el siguiente.\n\n'
            "- La liga a la grabación va en `youtube:` y la de las diapositivas en `slides:`.\n"
            "- `talkfeeds import notas.md` convierte un día entero de notas en archivos como este."
        ),
    ),
}


def new_publication(
    *, title: str, base_url: str, language: str, timezone: str, today: date, nonce: str
) -> tuple[Output, ...]:
    """The files of a publication; their paths are relative to its root.

    ``nonce`` tells this publication's id from every other one minted that day.
    """
    if problem := settings.base_url_problem(base_url):
        raise UsageError(problem)
    if not is_language(language):
        raise UsageError(f"{language!r} is not a language tag (such as es-MX, en)")
    base_url = settings.normal_base_url(base_url)
    host = urlsplit(base_url).hostname or "example.org"
    title = one_line(xml_legal(title)) or "Talks"
    minted = f"tag:{host},{today.isoformat()}:{slugify(title, limit=40)}-{nonce}"
    toml = "\n".join(
        (
            f"title = {_quoted(title)}",
            '# subtitle = "What this is about, in one sentence"',
            "",
            "# Readers and mail programs know the publication by this id. It was minted once:",
            "# leave it as it is, even when the title or the address changes.",
            f"id = {_quoted(minted)}",
            "",
            "# Where public/ will be served from.",
            f"base_url = {_quoted(base_url)}",
            f"language = {_quoted(language)}",
            f"timezone = {_quoted(timezone)}",
            '# author = { name = "You", email = "you@example.org" }',
            '# license = "CC-BY-4.0"',
            "",
            "# [feed]",
            "# entries = 50",
            "",
            "# [mail]",
            '# sender = "Talks <talks@example.org>"',
            '# postal_address = "Street, town, country"',
            "",
        )
    )
    publication = settings.parse(toml.encode(), "content/publication.toml")
    words, notes = _WELCOME.get(language.split("-", maxsplit=1)[0].lower(), _WELCOME["en"])
    talk_id = f"{publication.id}/{today.isoformat()}/welcome"
    published = default_published(today, 0, talk_id, publication.timezone)
    talk = Talk(
        id=talk_id,
        slug="welcome",
        title=words,
        date=today,
        published=published,
        updated=published,
        language=language,
        notes=notes,
    )
    return (
        Output("content/publication.toml", toml.encode()),
        Output("content/talks/welcome.md", entry.write(talk, publication).encode()),
        Output(".gitignore", b"/public/\n/.talkfeeds/\n"),
    )


def new_talk(source: Source, title: str, day: date, youtube: str = "") -> Output:
    """One talk file below ``content/talks/``, with an id that no other talk has."""
    title = one_line(title)
    if bad := forbidden_in_xml(title):
        raise UsageError(f"the title holds U+{ord(bad):04X}, which no feed can carry")
    if not title:
        raise UsageError('a talk needs a title (talkfeeds new --talk "A title")')
    if youtube and not youtube_id(youtube):
        raise UsageError(f"no YouTube id in {youtube!r} (such as https://youtu.be/07jq-5VbBVQ)")
    publication = read_settings(source)
    talks = read_talks(source, publication)
    slugs = {talk.slug for talk in talks}
    names = {talk.source.rpartition("/")[2] for talk in talks}
    base = slug = slugify(title, limit=60)
    number = 1
    while slug in slugs or f"{slug}.md" in names:
        number += 1
        slug = f"{base}-{number}"
    positions = [talk.position for talk in talks if talk.date == day]
    position = max(positions, default=0) + 1
    talk_id = f"{publication.id}/{day.isoformat()}/{slug}"
    published = default_published(day, position, talk_id, publication.timezone)
    talk = Talk(
        id=talk_id,
        slug=slug,
        title=title,
        date=day,
        published=published,
        updated=published,
        language=publication.language,
        position=position,
        recording=Recording(youtube_id(youtube)) if youtube else None,
    )
    return Output(f"content/talks/{slug}.md", entry.write(talk, publication).encode())


def _quoted(value: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of TOML's."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
