"""Bytes of XML as UTF-8, by byte order mark, server and declaration.

In that order: RFC 7303 §3; XML 1.0, appendix F.
"""

import codecs

from feeds.patterns import pattern

_DECLARED = pattern(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
# Python knows more names than encodings of documents; these do other things than to decode.
_NOT_FOR_DOCUMENTS = {
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
    "utf-7",
}
# Registered names that Python does not know.
_UCS = {
    "iso-10646-ucs-2": "utf-16",
    "iso-10646-ucs-4": "utf-32",
    **dict.fromkeys(("macintosh", "csmacintosh", "mac"), "mac-roman"),
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EBCDIC = "<?xm".encode("cp037")
_BARE = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0", "utf-16-le"),
)


# Beside those that every reader of XML must know (XML 1.0 §4.3.3), and single bytes for a letter.
_COMMON = pattern(
    r"utf-?(?:8|16|32)(?:-?[bl]e)?|us-ascii|ascii|iso-?8859-\d+|iso-10646-ucs-[24]|windows-\d+"
    r"|latin-?\d|koi8-[ru]|euc-jp|shift-jis|gb18030"
)


class UnreadableError(Exception):
    """The bytes are not what they are said to be."""

    def __init__(self, line: int, detail: str) -> None:
        self.line, self.detail = line, detail
        super().__init__(line, detail)


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type says, in small letters; empty where it says none."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()
    return ""


def as_utf8(data: bytes, charset: str = "") -> tuple[bytes, str | None]:
    """The document in UTF-8, and the encoding that its parser must be told (None: none).

    ``charset`` is the server's word, which counts more than the declaration's.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _turned(data, encoding), "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        found = _declared(data[3:])
        if found not in {"", "utf-8", "utf8"}:
            raise UnreadableError(1, f"the byte order mark says UTF-8, the declaration {found}")
        return data[3:], "utf-8"
    if encoding := _by_its_start(data):
        return _turned(data, encoding), "utf-8"
    name = charset or _declared(data)
    if name in {"", "utf-8", "utf8"}:
        return data, "utf-8" if name else None
    if not _is_known(name):
        raise UnreadableError(1, f"unknown encoding {name}")
    if name.startswith(("utf-16", "utf16", "utf-32", "utf32", "iso-10646")):
        who = "the server" if charset else "the declaration"
        raise UnreadableError(1, f"{who} says {name}, the bytes do not")
    return _turned(data, _UCS.get(name, name)), "utf-8"


def named_encoding(data: bytes) -> str:
    """The encoding that a document names, by its byte order mark or else by its declaration; empty
    where it does neither."""
    for mark, encoding in (*_MARKS, (codecs.BOM_UTF8, "utf-8")):
        if data.startswith(mark):
            return encoding
    start = _by_its_start(data)
    if not start:
        return _declared(data)
    return _declared(data[:400].decode(start, "replace").encode("utf-8"))


def is_common(encoding: str) -> bool:
    """Whether most readers know an encoding."""
    return not encoding or _COMMON.fullmatch(encoding.replace("_", "-")) is not None


def _by_its_start(data: bytes) -> str:
    """The encoding that the first letters can only be in; empty where they are as in ASCII."""
    for start, encoding in _BARE:
        if data.startswith(start):
            return encoding
    if not data.startswith(_EBCDIC):
        return ""
    # All kinds of EBCDIC write the declaration alike.
    name = _declared(data[:400].decode("cp037").encode("utf-8"))
    return name if _is_known(name) else "cp037"


def _is_known(name: str) -> bool:
    try:
        found = codecs.lookup(_UCS.get(name, name))
    except (LookupError, ValueError):
        return False
    # The flag keeps rot13, zip and their like apart; str.decode itself goes by it.
    is_text = bool(getattr(found, "_is_text_encoding", True))
    return is_text and found.name.replace("_", "-") not in _NOT_FOR_DOCUMENTS


def _declared(data: bytes) -> str:
    found = _DECLARED.match(data[:400])
    return found[1].decode("ascii").lower() if found else ""


def _turned(data: bytes, encoding: str) -> bytes:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise UnreadableError(1, f"unknown encoding {encoding}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, f"a byte that is not {encoding}") from error
    try:
        return text.removeprefix("\ufeff").encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableError(1, "half of a character") from error
