"""TALKFEEDS_SMTP_URL, in all its forms."""

import pytest

from feeds.edges.smtp.place import Tls, read_url
from feeds.errors import WorldError


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, Tls.REQUIRED),
        ("smtp://mail.example.org:25", "mail.example.org", 25, Tls.REQUIRED),
        (" smtp://mail.example.org:25/ ", "mail.example.org", 25, Tls.REQUIRED),
        ("smtps://mail.example.org", "mail.example.org", 465, Tls.IMPLICIT),
        ("smtps://mail.example.org:587", "mail.example.org", 587, Tls.IMPLICIT),
        ("smtp://10.0.0.7:25?tls=off", "10.0.0.7", 25, Tls.OFF),
        ("smtp://localhost:25", "localhost", 25, Tls.OFFERED),
        ("smtp://127.0.0.2:25", "127.0.0.2", 25, Tls.OFFERED),
        ("smtp://[::1]:25", "::1", 25, Tls.OFFERED),
        ("smtp://localhost:25?ca=/ca.pem", "localhost", 25, Tls.REQUIRED),
        ("smtp://localhost.example.org:25", "localhost.example.org", 25, Tls.REQUIRED),
        ("smtp://127.0.0.1.example.org:25", "127.0.0.1.example.org", 25, Tls.REQUIRED),
        ("smtp://correo.español.example", "correo.xn--espaol-zwa.example", 587, Tls.REQUIRED),
    ],
)
def test_urls_that_name_a_relay(url: str, host: str, port: int, tls: Tls) -> None:
    place = read_url(url)
    assert (place.host, place.port, place.tls) == (host, port, tls)


def test_user_and_password_are_unescaped() -> None:
    place = read_url("smtps://ana%40example.org:p%40%3A%2F%3F@mail.example.org?ca=/a%20b.pem")
    assert (place.user, place.password, place.ca) == ("ana@example.org", "p@:/?", "/a b.pem")


@pytest.mark.parametrize("url", ["smtp://[::1]?tls=off", "smtps://a.example.org?ca=/a.pem"])
def test_letters_go_in_one_packet_unless_that_is_not_wanted(url: str) -> None:
    assert read_url(url).chunking is True
    assert read_url(f"{url}&chunking=off").chunking is False


def test_a_place_shows_neither_user_nor_password() -> None:
    place = read_url("smtps://ana:s3cret@mail.example.org")
    assert str(place) == repr(place) == "smtps://mail.example.org:465"
    assert str(read_url("smtp://[::1]:25")) == "smtp://[::1]:25"


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("", "begins with neither"),
        ("mail.example.org:587", "begins with neither"),
        ("http://u:s3cret@mail.example.org", "begins with neither"),
        ("smtp://", "names no host"),
        ("smtp://u:s3cret@", "names no host"),
        ("smtp://u:s3cret@mail.example.org:0", "is not an SMTP URL"),
        ("smtp://u:s3cret@mail.example.org:smtp", "is not an SMTP URL"),
        ("smtp://u:s3cret@mail.example.org:99999", "is not an SMTP URL"),
        ("smtp://u:s3cret@mail.example.org/path", "is not an SMTP URL"),
        ("smtp://u:s3/cret@mail.example.org", "is not an SMTP URL"),
        ("smtp://u:a/s3cret@mail.example.org", "is not an SMTP URL"),
        ("smtp://u:s3#cret@mail.example.org", "is not an SMTP URL"),
        ("smtp://u:#s3cret@mail.example.org", "is not an SMTP URL|without the other|names no host"),
        ("smtp://u:?s3cret@mail.example.org", "SMTP URL|option that is not known"),
        ("smtp://[::1:25", "is not an SMTP URL"),
        ("smtp://u@mail.example.org", "without the other"),
        ("smtp://:s3cret@mail.example.org", "without the other"),
        ("smtp://mail.example.org?tls=on", "tls= that cannot be"),
        ("smtps://mail.example.org?tls=off", "tls= that cannot be"),
        ("smtp://mail.example.org?tls=off&ca=/a", "ca= without a use"),
        ("smtp://mail.example.org?ca=", "ca= without a file"),
        ("smtp://mail.example.org?chunking=on", "chunking= that cannot be"),
        ("smtp://mail.example.org?chunking=on&chunking=off", "has an option twice"),
        ("smtp://mail.example.org?s3cret=1", "option that is not known"),
        ("smtp://u:s3cret@10.0.0.7?tls=off", "clear text"),
        ("smtp://u:s3cret@mail.exa mple.org", "names no host"),
        ("smtp://u:s3cret@x@mail.example.org%0d", "names no host"),
    ],
)
def test_urls_that_do_not_never_show_what_is_in_them(url: str, cause: str) -> None:
    with pytest.raises(WorldError, match=cause) as caught:
        read_url(url)
    assert caught.value.subject == "TALKFEEDS_SMTP_URL"
    assert caught.value.remedy
    for part in ("s3", "cret", "s3cret"):
        assert part not in str(caught.value)
