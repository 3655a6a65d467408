"""The keys of TALKFEEDS_DKIM_KEYS: read from their files, and looked at."""

import stat
from pathlib import Path

from feeds.dkim import Signer, key_files, read_key
from feeds.errors import WorldError

VARIABLE = "TALKFEEDS_DKIM_KEYS"
_FORM = "write it as selector=/path/key.pem,selector2=/path2/key2.pem"
_REMEDY = "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"


def read_signer(domain: str, given: str) -> tuple[Signer | None, tuple[str, ...]]:
    """A signer for ``domain`` with the keys that ``given`` names, and what to warn of.

    ``given`` comes from the environment; None when it is empty. WorldError for a file that
    cannot be read, and for a key that is weak or none. A file that others can read is only
    warned of, a line each.
    """
    keys: list[tuple[str, bytes]] = []
    warnings: list[str] = []
    try:
        files = key_files(given)
    except ValueError as error:
        raise WorldError(VARIABLE, str(error), _FORM) from None
    for selector, name in files.items():
        path = Path(name)
        pem = _read(path)
        try:
            read_key(pem)
        except ValueError as error:
            raise WorldError(str(path), str(error), _REMEDY) from None
        keys.append((selector, pem))
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            warnings.append(f"{path}: others on this machine can read this key (chmod 600)")
    if not keys:
        return None, ()
    try:
        return Signer(domain, keys), tuple(warnings)
    except ValueError as error:
        raise WorldError(VARIABLE, str(error), _FORM) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorldError(str(path), f"cannot be read: {reason}", f"mend {VARIABLE}") from error
