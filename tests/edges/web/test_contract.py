"""schemathesis against the running app: no 5xx, and no answer that the contract does not name."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    status_code_conformance,
    unsupported_method,
)

from feeds.links import Asked, Left
from feeds.model import Status
from tests.edges.ledger.conftest import Place
from tests.edges.web.conftest import START, Site, serving
from tests.edges.web.openapi import document

pytestmark = pytest.mark.slow

schema = schemathesis.openapi.from_dict(document())
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    unsupported_method,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One app for all of it, with its shipped limits and one subscriber."""
    ledger = Place(tmp_path_factory.mktemp("ledger")).open()
    with serving(ledger) as site:
        site.add("ana@example.org")
        yield site
    ledger.close()


def real_token(site: Site, path: str) -> str:
    """A token that is good for ``path``."""
    number = 1
    if path.startswith("/confirm/"):
        asked = Asked("eva@example.org", "", site.moment)
        return site.links.confirm(asked).rpartition("/")[2]
    if path.startswith("/return/"):
        return site.links.come_back(Left(number, START, site.moment))
    links = (
        site.choose_path(number) if path.startswith("/preferences/") else site.leave_path(number)
    )
    return links.rpartition("/")[2]


@pytest.mark.filterwarnings("ignore")
@schema.parametrize()
def test_every_answer_is_in_the_contract(case: Case[Any], shared: Site) -> None:
    case.call_and_validate(base_url=shared.links.web_url, checks=list(CHECKS))


@pytest.mark.filterwarnings("ignore")
@schema.include(path_regex="token").parametrize()
def test_every_answer_to_a_real_token_is_in_the_contract(case: Case[Any], shared: Site) -> None:
    case.path_parameters = {"token": real_token(shared, case.path)}
    case.call_and_validate(base_url=shared.links.web_url, checks=list(CHECKS))


def test_the_one_subscriber_is_still_there_and_nobody_else_but_who_clicked(shared: Site) -> None:
    people = {person.email for person in shared.everything()}
    assert "ana@example.org" in people
    assert people <= {"ana@example.org", "eva@example.org"}
    assert all(person.status in set(Status) for person in shared.everything())
