"""Every rule of links has one document that breaks it, and one beside it that does not.

They link to http://files.example, which is a server on loopback here. ``answers.toml`` says what
that answers, by path: ``status``, ``headers``, ``text``, ``picture``, or a file of so many
``bytes`` with its ``type``, as a good server gives it but for what else is said. A path with
several answers gives them in turn.
"""

import socket
import tomllib
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from feeds.check import Level
from feeds.check.documents import Fault
from feeds.check.documents.rules import RULES
from feeds.check.documents.speaking import in_words, source_in_words
from feeds.edges.asking import Asker
from feeds.edges.feedfiles import Shelves
from feeds.edges.sitefiles import Sites
from feeds.jobs.checking import check_all
from feeds.jobs.linking import check_links
from tests.edges.asking.conftest import Answer, Server, file, in_turn, sending
from tests.unit.check.documents.test_corpus import CORPUS, SERVED
from tests.unit.check.documents.test_speaking import english_in, translate


@pytest.fixture
def served(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The name files.example leads to the server, and no other name leads anywhere."""
    port, real = int(server.url.rpartition(":")[2]), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        if host == "127.0.0.1":
            return real(host, *rest, **more)
        if host != "files.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return server


def answer_of(server: Server, said: dict[str, Any]) -> Answer:
    headers = {name.replace("-", "_"): value for name, value in said.get("headers", {}).items()}
    if "picture" in said:
        data, picture = BytesIO(), said["picture"]
        Image.new(picture["mode"], picture["size"]).save(data, picture["form"])
        return sending(200, data.getvalue(), **headers)
    if "bytes" in said:
        head = None
        if "head_bytes" in said:
            head = sending(200, Content_Length=str(said["head_bytes"]))
        options = {name: said[name] for name in ("ranges", "beyond") if name in said}
        return file(b"a" * said["bytes"], said["type"], head=head, **options, **headers)
    if "hangs_up" in said:
        return lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    if "silent" in said:

        def silent(_request: BaseHTTPRequestHandler) -> None:
            server.stop.wait(60)

        return silent
    return sending(said.get("status", 200), said.get("text", "").encode(), **headers)


def faults_of(server: Server, rule: str, name: str) -> list[Fault]:
    """What is wrong with the document and with where it leads."""
    answers = CORPUS / rule / "answers.toml"
    if answers.exists():
        for path, said in tomllib.loads(answers.read_text("utf-8")).items():
            each = said if isinstance(said, list) else [said]
            server.on(path, in_turn(*(answer_of(server, one) for one in each)))
    (document,) = (CORPUS / rule).glob(f"{name}.*")
    names = [str(document)]
    if document.suffix == ".url":
        names = document.read_text("utf-8").split()
    asker = Asker(limit_s=0.5, pause_s=0, wait=lambda _s: None) if answers.exists() else None
    remarks = [] if document.suffix == ".html" else [*check_all(Shelves(), names).remarks]
    remarks += check_links(Sites(), names, asker).remarks
    return [one.fault for one in remarks]


@pytest.mark.parametrize("rule", SERVED)
def test_the_invalid_document_breaks_this_rule_and_none_that_weighs_as_much(
    served: Server, rule: str
) -> None:
    found = faults_of(served, rule, "invalid")
    broken = [fault for fault in found if fault.rule == rule]
    assert broken, found
    assert all(fault.level is RULES[rule].level for fault in broken)
    others = {fault.rule for fault in found if fault.level is not Level.ADVICE} - {rule}
    assert others == set()


@pytest.mark.parametrize("rule", SERVED)
def test_the_valid_document_keeps_every_rule(served: Server, rule: str) -> None:
    found = faults_of(served, rule, "valid")
    assert [fault for fault in found if fault.rule == rule] == []
    assert [fault for fault in found if fault.level is not Level.ADVICE] == []


@pytest.mark.parametrize("rule", SERVED)
def test_the_fault_stands_on_a_line_of_its_document(served: Server, rule: str) -> None:
    (path,) = (CORPUS / rule).glob("invalid.*")
    lines = path.read_bytes().count(b"\n") + 1
    for fault in faults_of(served, rule, "invalid"):
        assert 1 <= fault.line <= lines


@pytest.mark.parametrize("rule", SERVED)
def test_a_fault_in_spanish_holds_no_english(served: Server, rule: str) -> None:
    for fault in faults_of(served, rule, "invalid"):
        said = " ".join((*in_words(fault, translate), source_in_words(fault, translate)))
        assert not english_in(said), said
