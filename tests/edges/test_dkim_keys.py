"""TALKFEEDS_DKIM_KEYS: files with keys, and what people are told of them."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from feeds.edges.dkim_keys import read_signer
from feeds.errors import WorldError
from tests.unit.test_dkim import AT_S, BODY, HEAD, KEYS, pem_of, verdicts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both keys in files, for their owner alone."""
    for selector, pem in KEYS:
        path = tmp_path / f"{selector}.pem"
        path.touch(0o600)
        path.write_bytes(pem)
    return tmp_path


def test_all_keys_that_are_named_sign(folder: Path) -> None:
    given = f"2017a={folder}/2017a.pem, 2017b={folder}/2017b.pem,"
    signer, warnings = read_signer("example.org", given)
    assert signer is not None
    assert warnings == ()
    assert verdicts(signer.sign((HEAD, BODY), AT_S) + HEAD + BODY) == [True, True]


def test_without_keys_there_is_no_signer() -> None:
    assert read_signer("example.org", " ") == (None, ())


def test_a_key_that_others_can_read_is_warned_of(folder: Path) -> None:
    (folder / "2017a.pem").chmod(0o644)
    signer, warnings = read_signer("example.org", f"2017a={folder}/2017a.pem")
    assert signer is not None
    assert warnings == (
        f"{folder}/2017a.pem: others on this machine can read this key (chmod 600)",
    )


@pytest.mark.parametrize("given", ["key.pem", "=key.pem", "a=", "a=x,b", " , "])
def test_what_is_no_list_of_keys_is_told(given: str, folder: Path) -> None:
    given = given.replace("x", f"{folder}/2017a.pem")
    with pytest.raises(WorldError, match="TALKFEEDS_DKIM_KEYS: is not a list"):
        read_signer("example.org", given)


def test_a_selector_that_is_named_twice_is_told(folder: Path) -> None:
    path = folder / "2017a.pem"
    with pytest.raises(WorldError, match="names the selector a twice"):
        read_signer("example.org", f"a={path}, a={path}")


def test_keys_that_cannot_be_used_are_named(folder: Path) -> None:
    (folder / "weak.pem").write_bytes(pem_of(rsa.generate_private_key(65_537, 1_024)))
    (folder / "text.pem").write_text("hello")
    cases = {
        "missing.pem": "cannot be read: no such file",
        "weak.pem": "is an RSA key of 1024 bits; 2048 are the least (make one with: openssl",
        "text.pem": "holds no private key in PEM",
        "": "cannot be read: is a directory",
    }
    for name, cause in cases.items():
        with pytest.raises(WorldError, match=re.escape(cause)):
            read_signer("example.org", f"a={folder / name}")


def test_a_selector_or_a_domain_that_cannot_be_is_told(folder: Path) -> None:
    with pytest.raises(WorldError, match="is no selector"):
        read_signer("example.org", f"a b={folder}/2017a.pem")
    with pytest.raises(WorldError, match="is no domain"):
        read_signer("", f"a={folder}/2017a.pem")
