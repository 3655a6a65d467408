"""What the gate for messages says, as templates: so that its findings can be told in Spanish."""

import re
from functools import cache

SAYINGS = (
    "a bare {what} in line {line}",
    "a header field has more than {most} bytes, or there are too many",
    "a picture has no alt text",
    "a picture has no width and height in pixels",
    "a picture is hidden",
    "a picture is too small to be seen",
    "a style attribute holds a script",
    "a style element holds a script",
    "addresses in the text that the HTML does not link: {number}, such as one to {place}",
    "an 8-bit character in line {line}",
    "an 8-bit character in the header",
    "Auto-Submitted is not auto-generated",
    "Date is before 1970, or its offset is none on earth",
    "Date is not a date, a time and an offset",
    "Date is not in the calendar",
    "Date names another day of the week",
    "DKIM-Signature does not cover {names}",
    "From is not one mailbox in ASCII",
    "has {size} bytes, at most {most} go out",
    "its parts cannot be told apart",
    "line {line} has more than {most} bytes",
    "line {line} of the header folds nothing",
    "line {line} of the header is no field",
    "links of the HTML that the text does not name: {number}, such as one to {place}",
    "List-Id is not <name.host>",
    "List-Unsubscribe has an address that is neither https nor mailto",
    "List-Unsubscribe is not <address>, <address>",
    "List-Unsubscribe-Post is not List-Unsubscribe=One-Click",
    "List-Unsubscribe-Post needs an https address in List-Unsubscribe",
    "Message-ID is not <letters@host>",
    "Python's email cannot read it",
    "Python's email says {name}",
    "Subject is empty",
    "Subject is not the issue's",
    "the attribute {name} says {value}",
    "the control character {code} in line {line}",
    "the control character {code} in the {part} part",
    "the HTML asks for another file",
    "the HTML does not say that it is utf-8",
    "the HTML has no title",
    "the HTML holds <{element}>",
    "the HTML holds the attribute {name}",
    "the HTML names no viewport",
    "the HTML part has no text",
    "the elements of the HTML are too deep in each other",
    "the html element names no language",
    "the last line is not ended",
    "the marker number {number} is left in it",
    "the {part} part cannot be decoded",
    "the {part} part does not name it",
    "the {part} part is not utf-8 in an encoding of 7 bits",
    "the {part} part is not what its charset says",
    "the style is nested too deeply",
    "there is no {names}",
    "To is not the recipient, or not the recipient alone",
    "{{{{ or {{% is left in a header or an attribute",
    "{{{{ or {{% stands in the text: fine where the notes say so",
    "{kind} of {parts}: not of text and HTML",
    "{name} decodes to what looks like an encoded word or a new line",
    "{name} has =? outside of an encoded word",
    "{name} has one of more than 75 characters",
    "{name} has one that cannot be decoded",
    "{name} names others than the recipient",
    "{names} more than once",
    "{size} bytes of HTML, at most {most} are shown",
    "{where} has an address of the scheme {scheme}",
    "{where} has an address without a scheme",
)
_PLACE = re.compile(r"(?<!\\\{)\\\{([a-z]+)\\\}")


@cache
def _patterns(sayings: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((saying, _pattern(saying)) for saying in sayings)


def _pattern(saying: str) -> re.Pattern[str]:
    escaped = re.escape(saying).replace(r"\{\{", "\0")
    return re.compile(_PLACE.sub(r"(?P<\1>.+)", escaped).replace("\0", r"\{"))


def taken_apart(said: str, sayings: tuple[str, ...] = SAYINGS) -> tuple[str, dict[str, str]] | None:
    """The template of a sentence, and what was put into it; None for what is of no template."""
    for saying, pattern in _patterns(sayings):
        if found := pattern.fullmatch(said):
            return saying, found.groupdict()
    return None
