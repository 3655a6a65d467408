"""What a mail uses, and who shows it."""

from feeds.check.mail.usage import usage_of
from feeds.edges.mailfiles import support
from tests.unit.check.good import good


def test_a_row_a_feature_with_who_lacks_it_and_what_stands_in() -> None:
    rows = usage_of("a.eml", good().data(), support())
    by_slug = {row.slug: row for row in rows}
    radius = by_slug["css-border-radius"]
    assert (radius.title, radius.fallback) == ("border-radius", "corners are square")
    assert "Outlook (Windows)" in radius.without
    assert radius.share == 4.2
    assert radius.uses > 10
    assert by_slug["html-table"].without == ()
    assert by_slug["html-table"].fallback == ""
    assert [row.share for row in rows] == sorted((row.share for row in rows), reverse=True)


def test_the_same_of_the_html_alone() -> None:
    assert usage_of("a.html", good().html.encode(), support()) == usage_of(
        "a.eml", good().data(), support()
    )


def test_without_html_there_is_nothing_to_list() -> None:
    assert usage_of("a.eml", b"Subject: a\r\n\r\nb\r\n", support()) == []
    assert usage_of("a.html", b"", support()) == []
    assert usage_of("a.eml", b"Content-Type: " + b"a;" * 50_000 + b"\r\n\r\nb", support()) == []


def test_a_feature_without_a_fallback_in_one_place_has_none() -> None:
    html = "<html><body><p style='height:auto'>a</p><p style='height:9px'>b</p></body></html>"
    (row,) = [r for r in usage_of("a.html", html.encode(), support()) if r.slug == "css-height"]
    assert (row.uses, row.fallback) == (2, "")
