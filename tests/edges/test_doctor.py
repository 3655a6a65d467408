"""``talkfeeds doctor``: the command as a process, against a DNS server on loopback."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from feeds.check.dkim import record_of
from feeds.check.records import quoted
from tests.edges.conftest import Run
from tests.edges.dns_server import Zone, serving

Done = subprocess.CompletedProcess[str]
IP = "192.0.2.25"
MAIL = """
[mail]
sender = "Pláticas <notas@talks.example.org>"
return_path = "bounces@lists.example.org"
"""


@pytest.fixture
def settings(publication: Path) -> Path:
    """The publication's settings, with somebody who sends."""
    path = publication / "content" / "publication.toml"
    path.write_text(path.read_text("utf-8") + MAIL, "utf-8")
    return path


@pytest.fixture(scope="module")
def pem() -> bytes:
    key = rsa.generate_private_key(65_537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def zone(pem: bytes) -> Zone:
    """Everything as it should be."""
    return Zone(
        {
            "lists.example.org": {"TXT": [f'"v=spf1 ip4:{IP} -all"'], "MX": ["10 mx.example.org."]},
            "talks.example.org": {"MX": ["10 mx.example.org."]},
            "mx.example.org": {"A": ["192.0.2.1"]},
            "s1._domainkey.talks.example.org": {"TXT": [quoted(record_of(pem))]},
            "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none; sp=reject"']},
            "25.2.0.192.in-addr.arpa": {"PTR": ["out.example.org."]},
            "out.example.org": {"A": [IP]},
            "relay.example.org": {"A": [IP]},
        }
    )


class Doctor:
    """The command against one zone, with an environment of its own."""

    def __init__(self, run: Run, publication: Path, keys: Path) -> None:
        self.run, self.publication, self.keys = run, publication, keys

    def __call__(self, zone: Zone, *arguments: str, **environment: str) -> Done:
        with serving(zone) as server:
            return self.run(
                "--root",
                self.publication,
                "doctor",
                "--mail",
                "--resolver",
                server,
                *arguments,
                env={"TALKFEEDS_DKIM_KEYS": f"s1={self.keys}", "TALKFEEDS_SMTP_URL": ""}
                | environment,
            )


@pytest.fixture
def doctor(talkfeeds: Run, publication: Path, settings: Path, pem: bytes, tmp_path: Path) -> Doctor:
    keys = tmp_path / "s1.pem"
    keys.write_bytes(pem)
    return Doctor(talkfeeds, publication, keys)


def test_a_good_zone_is_well(doctor: Doctor, zone: Zone) -> None:
    done = doctor(zone, "--ip", IP)
    assert (done.returncode, done.stderr) == (0, "8 checks: 0 errors, 0 warnings\n"), done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 8
    assert f"mail from {IP} passes" in done.stdout
    assert "RSA, 2048 bits, and ours" in done.stdout
    assert "p=reject, inherited by talks.example.org" in done.stdout
    assert "@" not in done.stdout + done.stderr, "promise 10"


def test_the_relay_s_name_says_from_where_mail_comes(doctor: Doctor, zone: Zone) -> None:
    url = "smtp://user:secret-word@relay.example.org:587"
    done = doctor(zone, TALKFEEDS_SMTP_URL=url)
    assert done.returncode == 0
    assert f"relay.example.org: {IP}" in done.stdout
    zone.records["relay.example.org"] = {"A": ["192.0.2.99"]}
    done = doctor(zone, TALKFEEDS_SMTP_URL=url)
    assert done.returncode == 0, "it may send from another address"
    assert "warning  spf         lists.example.org: mail from 192.0.2.99 gets fail" in done.stdout
    assert doctor(zone, "--ip", "192.0.2.99").returncode == 1
    del zone.records["relay.example.org"]
    done = doctor(zone, TALKFEEDS_SMTP_URL=url)
    assert "error    relay       relay.example.org: has no address" in done.stdout
    assert "secret-word" not in done.stdout + done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.1.2.3"])
def test_a_relay_in_our_network_is_not_what_the_world_sees(
    doctor: Doctor, zone: Zone, host: str
) -> None:
    done = doctor(zone, TALKFEEDS_SMTP_URL=f"smtp://{host}:25")
    assert done.returncode == 0
    assert "the world sees another address (name that with --ip)" in done.stdout
    assert "localhost" not in {name for name, _, _ in zone.asked}


def test_what_is_broken_comes_with_what_to_publish(doctor: Doctor, zone: Zone) -> None:
    for name in ("lists.example.org", "s1._domainkey.talks.example.org", "_dmarc.example.org"):
        zone.records[name].pop("TXT")
    done = doctor(zone, "--ip", IP)
    assert done.returncode == 1
    assert f'(publish: lists.example.org TXT "v=spf1 ip4:{IP} -all"' in done.stdout
    assert '(publish: s1._domainkey.talks.example.org TXT "v=DKIM1; k=rsa; p=MII' in done.stdout
    assert '(publish: _dmarc.example.org TXT "v=DMARC1; p=none;' in done.stdout


def test_as_json(doctor: Doctor, zone: Zone) -> None:
    zone.records["lists.example.org"]["MX"] = ["0 ."]
    done = doctor(zone, "--ip", IP, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, found["errors"], found["warnings"]) == (1, 1, 0)
    (wrong,) = (one for one in found["checks"] if one["state"] == "error")
    assert wrong["source"] == "RFC 7505 §3"
    assert set(wrong) == {"check", "subject", "state", "message", "remedy", "source"}


def test_records_that_loop_cost_too_much_or_come_by_tcp(doctor: Doctor, zone: Zone) -> None:
    spf = zone.records["lists.example.org"]
    spf["TXT"] = ['"v=spf1 include:lists.example.org -all"']
    assert "it takes more than 10 look-ups" in doctor(zone, "--ip", IP).stdout
    many = " ".join(f"a:{n}.example.org" for n in range(11))
    zone.records |= {f"{n}.example.org": {"A": [IP]} for n in range(11)}
    spf["TXT"] = [f'"v=spf1 {many} -all"']
    assert "it takes more than 10 look-ups" in doctor(zone, "--ip", IP).stdout
    spf["TXT"] = [f'"v=spf1 ip4:{IP} -all"', *(f'"{n} {"x" * 250}"' for n in range(20))]
    zone.long.add("lists.example.org")
    done = doctor(zone, "--ip", IP)
    assert done.returncode == 0, done.stdout
    assert ("lists.example.org", "TXT", "tcp") in zone.asked


def test_a_server_that_fails_and_one_that_is_silent(doctor: Doctor, zone: Zone) -> None:
    zone.failing.add("lists.example.org")
    zone.silent.add("_dmarc.talks.example.org")
    done = doctor(zone, "--ip", IP, "--timeout", "0.3")
    assert done.returncode == 1
    assert "cannot be looked up: lists.example.org: SERVFAIL" in done.stdout
    assert "_dmarc.talks.example.org: cannot be looked up: no answer in time" in done.stdout
    done = doctor(Zone(silent={"*"}), "--ip", IP, "--timeout", "0.2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not answer (name another with --resolver HOST:PORT)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_selector_of_the_relay_s_is_looked_up(doctor: Doctor, zone: Zone) -> None:
    key = zone.records.pop("s1._domainkey.talks.example.org")
    zone.records["r1._domainkey.talks.example.org"] = key
    done = doctor(zone, "--ip", IP, "--selector", "r1", TALKFEEDS_DKIM_KEYS="")
    assert done.returncode == 0, done.stdout
    assert "RSA, 2048 bits\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--mail", "--ip", "here"], 2, "--ip needs an IP address"),
        (["--mail", "--selector", "a b"], 2, "no name of a selector"),
        (["--mail", "--timeout", "0"], 2, "--timeout takes"),
        (["--mail", "--resolver", "127.0.0.1:99999"], 2, "is no resolver's address"),
        (["--mail", "--resolver", "dns.example"], 2, "is no resolver's address"),
        (["--ip", IP], 2, "--ip belongs to --mail"),
        (["--selector", "s1"], 2, "--selector belongs to --mail"),
    ],
)
def test_what_cannot_be_asked(
    talkfeeds: Run, publication: Path, arguments: list[str], status: int, words: str
) -> None:
    done = talkfeeds("--root", publication, "doctor", *arguments)
    assert done.returncode == status
    assert words in done.stderr


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("s1", "is not a list of selectors and files"),
        ("s1=/nowhere.pem", "/nowhere.pem: cannot be read: no such file"),
        ("s1=KEY,s1=KEY", "names the selector s1 twice"),
        ("s 1=KEY", "'s 1' is no selector"),
        ("s1=SETTINGS", "is no private key in PEM form"),
    ],
)
def test_keys_that_are_none(
    doctor: Doctor, talkfeeds: Run, settings: Path, keys: str, words: str
) -> None:
    value = keys.replace("KEY", str(doctor.keys)).replace("SETTINGS", str(settings))
    done = doctor(Zone(), "--ip", IP, TALKFEEDS_DKIM_KEYS=value)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    done = talkfeeds("--root", doctor.publication, "doctor", env={"TALKFEEDS_DKIM_KEYS": value})
    assert done.returncode == 1
    assert "error    environment TALKFEEDS_DKIM_KEYS: " in done.stdout
    assert words in done.stdout


def without_recordings(publication: Path) -> None:
    """Then nothing needs to be there for fetching them."""
    for path in (publication / "content" / "talks").iterdir():
        path.write_text(re.sub("youtube: .*\n", "", path.read_text("utf-8")), "utf-8")


def test_a_place_in_order_is_well(doctor: Doctor, talkfeeds: Run) -> None:
    without_recordings(doctor.publication)
    done = talkfeeds(
        "--root",
        doctor.publication,
        "doctor",
        env={
            "TALKFEEDS_SMTP_URL": "smtps://u:p@relay.example.org",
            "TALKFEEDS_DATABASE_URL": "postgresql://u:p@host/db",
            "TALKFEEDS_IMAP_URL": "imaps://u:p@mail.example.org/INBOX",
            "TALKFEEDS_SECRET_KEY": "k" * 32,
            "TALKFEEDS_DKIM_KEYS": f"s1={doctor.keys}",
        },
    )
    assert (done.returncode, done.stderr) == (0, "6 checks: 0 errors, 0 warnings\n"), done.stdout
    assert "3 talks, 0 drafts" in done.stdout


def test_a_place_out_of_order_is_told_whole(talkfeeds: Run, publication: Path) -> None:
    (publication / "content" / "talks" / "talk-1.md").write_text("---\ntitel: a\n---\n", "utf-8")
    done = talkfeeds(
        "--root",
        publication,
        "doctor",
        env={
            "TALKFEEDS_SMTP_URL": "relay.example.org:secret",
            "TALKFEEDS_DATABASE_URL": "mysql://u:secret@host/db",
            "TALKFEEDS_IMAP_URL": "imaps://secret",
            "TALKFEEDS_SECRET_KEY": "secret",
            "TALKFEEDS_SMTP_URI": "secret",
        },
    )
    assert done.returncode == 1
    assert "error    content     content/talks/talk-1.md:2: titel: is not a key" in done.stdout
    for words in (
        "TALKFEEDS_SMTP_URL: is not an SMTP URL",
        "TALKFEEDS_DATABASE_URL: is no database's URL",
        "TALKFEEDS_IMAP_URL: is no mailbox's URL",
        "TALKFEEDS_SECRET_KEY: is shorter than 32 characters",
        "TALKFEEDS_SMTP_URI: is not a setting (did you mean TALKFEEDS_SMTP_URL?)",
    ):
        assert words in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_settings_without_a_sender_or_with_http_are_a_warning(
    talkfeeds: Run, publication: Path
) -> None:
    without_recordings(publication)
    path = publication / "content" / "publication.toml"
    path.write_text(path.read_text("utf-8").replace("https:", "http:"), "utf-8")
    done = talkfeeds("--root", publication, "doctor", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["warnings"]) == (0, 2)


def programs(folder: Path, **printed: str) -> str:
    """A PATH with programs that print this, and no others."""
    folder.mkdir()
    for name, text in printed.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\necho '{text}'\n")
        path.chmod(0o755)
    return str(folder)


def test_a_node_that_is_too_old_is_found_and_called_so(
    talkfeeds: Run, publication: Path, tmp_path: Path
) -> None:
    done = talkfeeds(
        "--root",
        publication,
        "doctor",
        "--json",
        env={"PATH": programs(tmp_path / "bin", node="v20.20.2")},
    )
    found = {one["check"]: one for one in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert found["javascript"]["state"] == "error"
    assert "node 20.20.2 (needs 22.0.0)" in found["javascript"]["message"]
    assert "deno" in found["javascript"]["remedy"]
    assert found["ffmpeg"]["state"] == found["ffprobe"]["state"] == "error"
    assert "install" in found["ffmpeg"]["remedy"]
    assert found["yt-dlp-ejs"]["state"] == "ok"


@pytest.mark.slow
def test_programs_that_are_there_and_do_not_work_are_found_by_running_them(
    talkfeeds: Run, publication: Path, tmp_path: Path
) -> None:
    path = programs(tmp_path / "bin", ffprobe="ffprobe version 7")
    for name, does in (
        ("ffmpeg", "echo 'no such library' >&2; exit 127"),
        ("deno", f"exec {shutil.which('cat')} <>wait"),
    ):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\ncd {tmp_path}\n{does}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    os.mkfifo(tmp_path / "wait")
    done = talkfeeds("--root", publication, "doctor", "--json", env={"PATH": path})
    found = {one["check"]: one for one in json.loads(done.stdout)["checks"]}
    assert found["ffmpeg"]["state"] == "error"
    assert found["ffmpeg"]["message"] == "is broken (exit status 127): no such library"
    assert found["ffprobe"]["state"] == "ok"
    assert found["javascript"]["state"] == "error"
    assert "deno hangs" in found["javascript"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "printed"), [("deno", "deno 2.9.8 (stable)"), ("node", "v22.1.0")]
)
def test_a_machine_with_all_that_recordings_need_is_well(
    talkfeeds: Run, publication: Path, tmp_path: Path, name: str, printed: str
) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n")
    cookies.chmod(0o600)
    path = programs(tmp_path / "bin", **{name: printed, "ffmpeg": "", "ffprobe": ""})
    environment = {"PATH": path, "TALKFEEDS_COOKIES": str(cookies)}
    done = talkfeeds("--root", publication, "doctor", "--json", env=environment)
    found = {one["check"]: one["state"] for one in json.loads(done.stdout)["checks"]}
    # yt-dlp grows old by itself, and the clock here is a real one.
    assert found.pop("yt-dlp") in {"ok", "warning"}
    assert found.pop("settings", "") in {"", "warning"}
    assert set(found.values()) == {"ok"}, done.stdout
    cookies.chmod(0o644)
    done = talkfeeds("--root", publication, "doctor", env=environment)
    assert done.returncode == 1
    assert f"chmod 600 {cookies}" in done.stdout


def test_the_start_stays_light() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "feeds", "--version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "feeds.cli" in loaded
    assert not loaded & {
        "dns",
        "cryptography",
        "lxml",
        "publicsuffixlist",
        "feeds.jobs.doctor",
        "yt_dlp",
    }
