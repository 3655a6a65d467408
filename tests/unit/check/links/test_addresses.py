"""Addresses that mean the same are one (RFC 3986 §6.2.2, §6.2.3); others stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.check.links.addresses import host_of, normal, server_of


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("HTTPS://Talks.Example/A", "https://talks.example/A"),
        ("https://talks.example", "https://talks.example/"),
        ("https://talks.example:443/", "https://talks.example/"),
        ("http://talks.example:80/", "http://talks.example/"),
        ("http://talks.example:/", "http://talks.example/"),
        ("https://talks.example:80/", "https://talks.example:80/"),
        ("https://talks.example?a", "https://talks.example/?a"),
        ("https://talks.example/a/../b/./c", "https://talks.example/b/c"),
        ("https://talks.example/a/%2e%2E/b", "https://talks.example/b"),
        ("https://talks.example/a/..", "https://talks.example/"),
        ("https://talks.example/a/b/%2E", "https://talks.example/a/b/"),
        ("https://talks.example/../../a", "https://talks.example/a"),
        ("https://talks.example/%7Eana/%c3%a9", "https://talks.example/~ana/%C3%A9"),
        ("https://talks.example/é", "https://talks.example/%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://Ana:Pass@[::1]:80/#A%41", "http://Ana:Pass@[::1]/#A%41"),
    ],
)
def test_an_address_is_written_as_all_that_mean_the_same(written: str, wanted: str) -> None:
    assert normal(written) == wanted
    assert normal(wanted) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "https://talks.example/a%2Fb", "https://talks.example/a?b=%26&c", "http://talks.example/A",
        "https://talks.example/...", "https://talks.example/.well-known/x",
        "https://talks.example:8443/", "https://talks.example//a", "https://talks.example/a/",
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_left(url: str) -> None:
    assert normal(url) == url


@pytest.mark.parametrize("url", ["http://[", "mailto:A@b.example", "", "HTTP:/", "https://", "a/B"])
def test_what_is_no_address_is_given_back(url: str) -> None:
    assert normal(url) == url


@given(st.text() | st.text("/.%2eE:@[]#?ah0").map("HTTP://a/".__add__))
def test_any_text_has_one_normal_form_and_no_dots_are_left(text: str) -> None:
    found = normal(text)
    assert normal(found) == found
    if found != text:
        path = found.partition("#")[0].partition("?")[0].partition("://")[2]
        assert not {"..", "."} & set(path.split("/")[1:])


def test_a_server_is_a_host_and_a_port() -> None:
    assert server_of("https://A.example/x") == server_of("http://a.example:80/") == "a.example"
    assert server_of("http://a.example:8080/") == "a.example:8080"
    assert server_of("http://[::1]:1/") == "::1:1"
    assert server_of("http://a.example:99999/") == server_of("nothing") == ""


def test_a_host_is_without_its_brackets() -> None:
    assert host_of("http://[::1]:8080/a") == "::1"
    assert host_of("HTTP://ana@A.Example:1/") == "a.example"
    assert host_of("public/a.html") == host_of("http://[") == ""
