"""The secret key that hashes and tokens are made with."""

import os
import secrets
from pathlib import Path

from feeds.errors import WorldError

FILE = "secret.key"
_VARIABLE = "TALKFEEDS_SECRET_KEY"
_MIN_LENGTH = 32
_REMEDY = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def secret_key(folder: Path, given: str) -> tuple[bytes, Path | None]:
    """The key, and the file when it was made just now.

    ``given`` comes from the environment and goes before the file ``secret.key`` in
    ``folder``, which is made (mode 0600) when there is neither. WorldError for a key that is
    too short, or a file that cannot be read.
    """
    given = given.strip()
    if given:
        return _checked(given, _VARIABLE), None
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = False if path.exists() else _make(path)
        return _checked(path.read_text("ascii").strip(), str(path)), path if made else None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        cause = f"cannot be read or made: {(reason or '').lower()}"
        raise WorldError(str(path), cause, f"or set {_VARIABLE}") from error


def _make(path: Path) -> bool:
    """A new key, whole from its first moment; False when another process was faster."""
    beside = path.with_name(f".{FILE}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    else:
        return True
    finally:
        beside.unlink()


def _checked(key: str, subject: str) -> bytes:
    if len(key) < _MIN_LENGTH:
        cause = f"is {len(key)} characters long; a secret key has at least {_MIN_LENGTH}"
        raise WorldError(subject, cause, _REMEDY)
    return key.encode()
