"""The files of one site, and what its links to itself find among them. Opens nothing."""

import ipaddress
from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from urllib.parse import quote, unquote, urlsplit
from warnings import catch_warnings, simplefilter

from feeds.check.documents.rules import RULES
from feeds.check.documents.sheet import Fault, shown
from feeds.check.links.addresses import host_of, normal
from feeds.check.links.references import Reference, scheme_of

# Of a site that nowhere says where it will be.
NOWHERE = "https://site.invalid/"
_MAX_ART_BYTES = 20 << 20
_PRIVATE_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")
# The first bytes of a file, from which place on, and what may be said of such a file.
_SIGNS = (
    (b"ftyp", 4, {"audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac", "video/mp4",
                  "video/x-m4v", "video/quicktime"}),
    (b"ID3", 0, {"audio/mpeg", "audio/mp3", "audio/aac"}),
    (b"\xff\xfb", 0, {"audio/mpeg", "audio/mp3"}),
    (b"\xff\xf3", 0, {"audio/mpeg", "audio/mp3"}),
    (b"OggS", 0, {"audio/ogg", "audio/opus", "video/ogg", "application/ogg"}),
    (b"fLaC", 0, {"audio/flac", "audio/x-flac"}),
    (b"RIFF", 0, {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "image/webp"}),
    (b"%PDF", 0, {"application/pdf"}),
    (b"\x89PNG", 0, {"image/png"}),
    (b"\xff\xd8\xff", 0, {"image/jpeg"}),
    (b"<!do", 0, {"text/html", "application/xhtml+xml"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site lies (``folder``, with forward slashes), will be (``base``), and what is there.

    ``files`` are paths below the folder.
    """

    folder: str
    base: str
    files: Collection[str] = field(default_factory=frozenset)

    def url_of(self, path: str) -> str:
        """Where the file at ``path`` will be."""
        return self.base + _quoted(path.removesuffix("index.html") if _is_index(path) else path)

    def path_of(self, url: str) -> str | None:
        """The path below the folder that ``url`` names; None for what is not of this site.

        However the address is written: what a server takes for the same is the same.
        """
        there, path = _origin_and_path(url)
        here, root = _origin_and_path(self.base)
        if there != here or not f"{path}/".startswith(root) or path.startswith(f"{root}/"):
            return None
        path = path[len(root) :]
        return f"{path}index.html" if not path or path.endswith("/") else path

    def finds(self, path: str) -> str | None:
        """The file that a web server gives there; None where it has none."""
        if path in self.files:
            return path
        return inside if (inside := f"{path}/index.html") in self.files else None


def _origin_and_path(url: str) -> tuple[str, str]:
    """Scheme and server, and the path without its first slash and without escapes."""
    scheme, slashes, rest = normal(url).partition("#")[0].partition("?")[0].partition("://")
    server, _, path = rest.partition("/")
    return f"{scheme}{slashes}{server}", unquote(path, errors="surrogateescape")


def _quoted(path: str) -> str:
    """A path in an address; bytes of a name that are no text stay what they are."""
    return quote(path, errors="surrogateescape")


def _is_index(path: str) -> bool:
    return path == "index.html" or path.endswith("/index.html")


def place_of(name: str, url: str) -> tuple[str, str] | None:
    """The folder and the address of the site in which ``name`` lies as its ``url`` says.

    None where file and address have no end in common. The address ends in a slash.
    """
    if scheme_of(url) not in {"http", "https"} or not host_of(url):
        return None
    origin, path = _origin_and_path(url)
    path = path.lstrip("/")
    here = name.split("/")
    if here[-1] == "index.html" and (not path or path.endswith("/")):
        path += "index.html"
    there = [origin, *path.split("/")]
    same = 0
    while same < min(len(here), len(there) - 1) and here[-1 - same] == there[-1 - same]:
        same += 1
    if same == 0:
        return None
    base = "/".join(_quoted(part) if number else part for number, part in enumerate(there[:-same]))
    return "/".join(here[:-same]), f"{base}/"


def fault(reference: Reference, rule: str, **values: object) -> Fault:
    """A fault at the place of a link, which every message names as ``value``."""
    value = reference.written or reference.url
    said = {key: shown(str(one)) for key, one in {"value": value, **values}.items()}
    return Fault(reference.line, rule, RULES[rule].level, "", said)


def address_faults(reference: Reference, *, private: bool) -> Iterator[Fault]:
    """What an address shows by itself; ``private`` documents may link into private networks."""
    scheme = scheme_of(reference.url)
    if scheme == "file" or (len(scheme) == 1 and reference.url[1:3] in {":\\", ":/"}):
        yield fault(reference, "link-scheme")
        return
    if scheme == "javascript":
        yield fault(reference, "link-script")
    elif scheme == "mailto":
        yield fault(reference, "link-form")
    if scheme not in {"http", "https"}:
        return
    try:
        parts = urlsplit(reference.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or any(char in reference.url for char in " \t\r\n<>"):
        yield fault(reference, "link-form")
    elif not private and is_private(host):
        yield fault(reference, "link-private")


@lru_cache(maxsize=4_096)
def is_private(host: str) -> bool:
    """Whether a host's name alone shows that not everybody can reach it."""
    host = host.removesuffix(".")
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return host == "localhost" or host.endswith(_PRIVATE_NAMES)


def missing_faults(
    site: Site, reference: Reference, path: str, ids_of: Callable[[str], Set[str] | None]
) -> Iterator[Fault]:
    """A link to the site itself: the file, and the place in it.

    ``ids_of`` gives the places of a page, None for what is no page.
    """
    found = site.finds(path)
    if found is None:
        yield fault(reference, "link-missing", path=path)
        return
    wanted = unquote(reference.url.partition("#")[2]).partition(":~:")[0]
    if not wanted or wanted.lower() == "top" or not found.endswith((".html", ".htm")):
        return
    ids = ids_of(found)
    if ids is not None and wanted not in ids:
        yield fault(reference, "link-fragment", path=found)


def file_faults(reference: Reference, size_bytes: int, start: bytes) -> Iterator[Fault]:
    """An enclosure that lies among the files: its length, and its type by its first bytes."""
    if (length := reference.length_bytes) not in {-1, size_bytes}:
        said = {"found": f"{size_bytes:,}", "wanted": f"{length:,}"}
        yield fault(reference, "enclosure-length", **said)
    said_type = bare_type(reference.type)
    types = next((types for sign, at, types in _SIGNS if start[at:].startswith(sign)), None)
    if said_type and types and said_type not in types:
        found = sorted(types)[0]
        yield fault(reference, "enclosure-type", found=found, wanted=reference.type)


def bare_type(said: str) -> str:
    """A media type without its parameters, in small letters."""
    return said.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Art:
    """A picture as a directory sees it; ``form`` is empty for what cannot be read."""

    form: str = ""
    width: int = 0
    height: int = 0
    mode: str = ""


def art_of(data: bytes) -> Art:
    """What a picture says in its head; its pixels are not unpacked."""
    from PIL import Image

    if len(data) > _MAX_ART_BYTES:
        return Art()
    try:
        with catch_warnings():
            simplefilter("ignore")  # of a size that would be a bomb, were it unpacked
            with Image.open(BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP")) as found:
                return Art(found.format or "", found.width, found.height, found.mode)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Art()


def art_faults(reference: Reference, art: Art) -> Iterator[Fault]:
    """Apple's rules of a show's and an episode's picture."""
    if art.form not in {"JPEG", "PNG"}:
        yield fault(reference, "art-form")
        return
    if art.width != art.height or not 1400 <= art.width <= 3000:
        yield fault(reference, "art-size", found=f"{art.width} × {art.height}")
    if art.mode not in {"RGB", "RGBA"}:
        names = {"L": "grey", "LA": "grey", "1": "grey", "P": "a palette"}
        yield fault(reference, "art-colour", found=names.get(art.mode, art.mode))
