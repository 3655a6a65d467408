"""HTML that could stand in a page, and HTML that could not."""

import pytest

from feeds.check.documents.html_form import fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 < 2 and b > c, <3 you, <",
        "<p>a<p>b",
        "<UL><li>a<LI>b</ul>",
        "<table><tr><td>a<tr><td>b</table>",
        "<dl><dt>a<dd>b</dl>",
        "a<br>b<br/>c</br><img src='a>b' alt=\"it's\"><hr />",
        '<a name="x"/>a',
        "<my-element>a</my-element>",
        "<svg viewBox='0 0 9 9'><path d='M0'/><foo></svg>",
        "<!-- <b> --><p>a</p><!-- never closed <b>",
        "<select><option>a<option selected>b</select>",
        "<textarea><b></textarea><title></b></title>",
        "<b",
        "isn&#8217;t&#xa0;&#127;",
    ],
)
def test_what_a_page_may_hold_is_sound(text: str) -> None:
    assert fault(text) == (0, "")


@pytest.mark.parametrize(
    ("text", "position", "detail"),
    [
        ("a <b>b", 2, "<b> is not closed"),
        ("<b><i>a</b></i>", 3, "<i> is not closed"),
        ("<div><p>a</p>", 0, "<div> is not closed"),
        ("<p>a</p></b>", 8, "</b> closes nothing"),
        ("<p></p></p>", 7, "</p> closes nothing"),
        ("</img>", 0, "</img> closes nothing"),
        ("<p><foo>a</foo>", 3, "<foo> is no element of HTML"),
        ("<o:p>a</o:p>", 0, "<o:p> is no element of HTML"),
        ("<!DOCTYPE html><html><body>a", 15, "<html> belongs to a whole page"),
        ("<body>a</body>", 0, "<body> belongs to a whole page"),
        ("<script>a", 0, "<script> is not closed"),
        ("<a href=b/>c", 0, "<a> is not closed"),
        ("<p>" * 1_001, 3_000, "too many elements in each other"),
        ("isn&#x92;t", 3, "&#x92; is a control character"),
        ("isn&#146;t &#160;", 3, "&#146; is a control character"),
    ],
)
def test_what_a_page_could_not_hold_is_told_with_its_place(
    text: str, position: int, detail: str
) -> None:
    assert fault(text) == (position, detail)


@pytest.mark.parametrize(
    "start",
    ["<b>", "<a ", "<a b='", '<a "', "<!--", "<script>", "<", "<a =", "<b><p>", "</b>", "<svg>"],
)
def test_many_of_anything_are_read_once(start: str) -> None:
    fault(start * 40_000)
