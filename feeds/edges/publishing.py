"""What a publish reads and where it goes: ``public/``, folders, and buckets (obstore)."""

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.edges.output import Site
from feeds.edges.public import MARKER
from feeds.errors import UsageError, WorldError
from feeds.model import Changes, Copy
from feeds.render.media import Upload
from feeds.text import is_web_url

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import S3Store

RECORD = ".talkfeeds-published.json"
_TOGETHER = 16
# Above it a file goes up in parts, alone: many parts of many files at a time starve each other.
_PART_BYTES, _PARTS_TOGETHER = 5 * 1024 * 1024, 4
_TIMEOUT, _CONNECT_TIMEOUT = timedelta(minutes=5), timedelta(seconds=10)
_RETRIES, _RETRY_FOR = 5, timedelta(seconds=60)
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9._-]{1,62})(?:/([^?#\\]*))?")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")

_KEYS = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
_RIGHTS = "the key needs to list the bucket, and to get, put and delete objects in it"
_REGION = "is in another region", "say in which with AWS_REGION"
# What S3 and those who speak like it say, in words for people.
_CAUSES = {
    "AccessDenied": ("refuses: access denied", _RIGHTS),
    "AllAccessDisabled": ("refuses: access denied", _RIGHTS),
    "InvalidAccessKeyId": ("does not know the access key", _KEYS),
    "SignatureDoesNotMatch": ("refuses the secret key", _KEYS),
    "ExpiredToken": ("refuses: the session is over", "sign in again, then run it again"),
    "InvalidToken": ("refuses the session token", _KEYS),
    "NoSuchBucket": ("is not there", "make the bucket, or correct its name"),
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "RequestTimeTooSkewed": ("refuses: this machine's clock is wrong", "set the clock"),
    "SlowDown": ("is overloaded", "run it again later; it goes on where it stopped"),
}


@contextmanager
def reading(public: Path) -> Iterator[list[str]]:
    """The paths of everything below ``public``, sorted, which no build changes meanwhile.

    What begins with a dot at the top is the host's own, and stays out. WorldError when no
    build made the folder.
    """
    if not (public / MARKER).is_file():
        raise WorldError(str(public), "is not there, or no build made it", "run: talkfeeds build")
    lock = os.open(public, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield sorted(_walk(public))
    finally:
        os.close(lock)


def _walk(public: Path) -> Iterator[str]:
    for here, folders, names in os.walk(public):
        relative = Path(here).relative_to(public)
        if not relative.parts:
            folders[:] = [name for name in folders if not name.startswith(".")]
            names = [name for name in names if not name.startswith(".")]  # noqa: PLW2901 # fewer
        for name in names:
            path = Path(here, name)
            if path.is_file() and not path.is_symlink():
                yield (relative / name).as_posix()


def measure(public: Path, path: str) -> tuple[int, str]:
    """A file's size in bytes and its SHA-256 in hexadecimal digits; WorldError."""
    try:
        with (public / path).open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(public, error) from error


def _unreadable(public: Path, error: OSError) -> WorldError:
    """Without the file's name, which may be a private podcast's."""
    reason = (error.strerror or "").lower()
    return WorldError(str(public), f"has a file that cannot be read: {reason}", "build it again")


def mirror(
    public: Path,
    target: Path,
    paths: Iterable[str],
    turn: Callable[[str], int],
    *,
    dry_run: bool = False,
) -> Changes:
    """Make the folder ``target`` hold ``paths`` and nothing else.

    As a build does: staged first, renamed into place in the order of ``turn``, the others
    removed last, in the opposite one. Killed and run again, it completes.
    """
    site = Site(target, public, turn)
    copies = (Copy(path, path) for path in sorted(paths, key=lambda path: (turn(path), path)))
    return site.compare(copies) if dry_run else site.write(copies)


class Bucket:
    """A place in object storage that speaks S3; fulfils the publish's Store.

    Nothing that it raises or says holds a path, an answer's text or a credential. Every request
    is made in a thread, so that Ctrl-C is heard at once; what a server holds then goes on until
    the process ends. (obstore's coroutines abort the process at its end, one time in two.)
    """

    def __init__(self, store: "S3Store", public: Path, subject: str) -> None:
        self._store, self._public = store, public
        self.subject = subject
        self._pool = ThreadPoolExecutor(_TOGETHER)

    def tags(self) -> Mapping[str, str]:
        """Every object's entity tag, but of those that begin with a dot.

        What another publish put below this place, with a record of its own, is that one's.
        """
        import obstore

        def listed() -> dict[str, str]:
            return {
                one["path"]: one["e_tag"] or ""
                for batch in obstore.list(self._store)
                for one in batch
                if not one["path"].startswith(".")
            }

        with self._explained():
            found = self._pool.submit(listed).result()
        others = tuple(path.removesuffix(RECORD) for path in found if path.endswith(f"/{RECORD}"))
        return {path: tag for path, tag in found.items() if not path.startswith(others)}

    def record(self) -> bytes | None:
        """What was kept."""
        import obstore

        def got() -> bytes:
            return bytes(obstore.get(self._store, RECORD).bytes())

        with self._explained():
            try:
                return self._pool.submit(got).result()
            except FileNotFoundError as error:
                if (found := _CODE.search(str(error))) and found[1] != "NoSuchKey":
                    raise
                return None

    def keep(self, record: bytes) -> None:
        """Put the record; it is for no cache."""
        upload = Upload(RECORD, len(record), "application/json", "no-store")
        with self._explained():
            self._pool.submit(self._send, upload, record).result()

    def put(self, uploads: Iterable[Upload]) -> Iterator[tuple[Upload, str]]:
        """Small files together, then the large ones, one after the other."""
        found = list(uploads)
        large = [one for one in found if one.size_bytes > _PART_BYTES]
        with self._explained():
            waiting = {
                self._pool.submit(self._put, upload): upload
                for upload in found
                if upload.size_bytes <= _PART_BYTES
            }
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            except Exception:
                for task in waiting:
                    task.cancel()
                wait(waiting)  # what has begun ends, nothing else begins
                raise
            for upload in large:
                yield upload, self._pool.submit(self._put, upload).result()

    def remove(self, paths: Collection[str]) -> None:
        """Delete, a thousand in a request."""
        import obstore

        with self._explained():
            self._pool.submit(obstore.delete, self._store, sorted(paths)).result()

    def _put(self, upload: Upload) -> str:
        source = self._public / upload.path
        try:
            data = source if upload.size_bytes > _PART_BYTES else source.read_bytes()
        except OSError as error:
            raise _unreadable(self._public, error) from error
        return self._send(upload, data)

    def _send(self, upload: Upload, data: Path | bytes) -> str:
        import obstore

        head: Attributes = {
            "Content-Type": upload.media_type,
            "Cache-Control": upload.cache_control,
        }
        if upload.content_encoding:
            head["Content-Encoding"] = upload.content_encoding
        result = obstore.put(
            self._store,
            upload.path,
            data,
            attributes=head,
            use_multipart=isinstance(data, Path),
            chunk_size=_PART_BYTES,
            max_concurrency=_PARTS_TOGETHER,
        )
        return result["e_tag"] or ""

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError, PermissionError, ValueError) as error:
            raise WorldError(self.subject, *_why(str(error))) from None


def _why(said: str) -> tuple[str, str]:
    """Cause and remedy, from what a library says about an answer."""
    code, status = _CODE.search(said), _STATUS.search(said)
    number = status[1] if status else ""
    why = "cannot be reached", "check the network, and AWS_ENDPOINT_URL"
    if code and code[1] in _CAUSES:
        why = _CAUSES[code[1]]
    elif "169.254." in said or "credential" in said.lower():
        why = "asks for a key, and there is none", _KEYS
    elif number in {"401", "403"}:
        why = _CAUSES["AccessDenied"]
    elif number.startswith("3") or "incorrectly configured region" in said:
        why = _REGION
    elif number.startswith("5"):
        why = f"answers with {number}", "run it again later; it goes on where it stopped"
    elif code or number:
        told = code[1] if code else number
        why = f"answers with {told}", "look it up in the provider's documentation"
    return why


def open_bucket(place: str, public: Path, environment: Mapping[str, str]) -> Bucket:
    """``s3://bucket/prefix``; endpoint, region and keys are in the environment, as AWS names them.

    UsageError for what is no such place. Asks nobody anything.
    """
    found = _PLACE.fullmatch(place)
    prefix = (found[2] or "").removesuffix("/") if found else ""
    if found is None or (prefix and not {"", ".", ".."}.isdisjoint(prefix.split("/"))):
        # Not what was written: it may hold a key.
        raise UsageError("DEST is a folder, or s3://bucket or s3://bucket/prefix, without keys")
    try:
        from obstore.store import S3Store
    except ModuleNotFoundError:
        remedy = "install it with: pip install 'talkfeeds[s3]'"
        raise WorldError("talkfeeds publish to a bucket", "needs obstore", remedy) from None
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    subject = f"s3://{found[1]}/{prefix}".rstrip("/")
    if endpoint and not is_web_url(endpoint):
        # The library would panic over it.
        raise WorldError("AWS_ENDPOINT_URL", "is no web address", "such as https://s3.example.org")
    try:
        store = S3Store(
            found[1],
            prefix=prefix or None,
            client_options={
                "timeout": _TIMEOUT,
                "connect_timeout": _CONNECT_TIMEOUT,
                # Whoever names an address without TLS has a server at home.
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_FOR},
        )
    except Exception as error:  # noqa: BLE001 # of any type; and its text may hold a key
        del error
        cause = "cannot be opened with these AWS_… variables"
        raise WorldError(subject, cause, "check AWS_ENDPOINT_URL and AWS_REGION") from None
    return Bucket(store, public, subject)
