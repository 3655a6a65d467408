"""A fault stands on the line where a person must look, however a document is broken into lines."""

import pytest

from feeds.check.documents import check_document


def lines_of(data: str, rule: str) -> list[int]:
    return [fault.line for fault in check_document(data.encode())[0] if fault.rule == rule]


JSON = """{
  "version": "https://jsonfeed.org/version/1.1",
  "title": "a",
  "items": [
    {"id": "1", "content_text": "a"},
    {
      "id": "2",
      "content_text": "a",
      "url": "nowhere",
      "content_text": "b"
    }
  ],
  "title": "b"
}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_name_that_stands_twice_is_told_where_it_stands_again(end: str) -> None:
    text = JSON.replace("\n", end)
    assert lines_of(text, "json-key-twice") == [10, 13]
    assert lines_of(text, "json-uri") == [9]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_json_that_breaks_off_is_told_where_it_does(end: str) -> None:
    assert lines_of(JSON.replace('"2",', '"2"').replace("\n", end), "json-form") == [8]


def feed(content: str) -> str:
    return f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
<content
  type="html">{content}</content></entry></feed>"""


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("&lt;p>a&lt;/p>\n\n&lt;script>\n&lt;/script>\n", "html-active"),
        ("<![CDATA[<p>a</p>\n\n<script>\n</script>\n]]>", "html-active"),
        ("&lt;p>a&lt;/p>\n\n&lt;p onclick='a'>\n\n", "html-active"),
        ("&lt;p>a&lt;/p>\n&lt;p\n href='javascript:a'>\n\n", "html-active"),
        ("&lt;p>a&lt;/p>\n\n&lt;iframe src='a'>\n", "html-frame"),
    ],
)
def test_what_is_in_html_is_told_on_its_own_line(content: str, rule: str) -> None:
    assert lines_of(feed(content), rule) == [5]


def test_a_line_end_that_is_written_as_a_number_is_none_of_the_document() -> None:
    assert lines_of(feed("a&#10;&#10;&#10;&#10;&lt;script>"), "html-active") == [3]


def test_a_relative_address_in_rss_is_told_on_its_own_line() -> None:
    text = """<rss version="2.0"><channel><item><description>
&lt;p>a
&lt;img src="a.png"></description></item></channel></rss>"""
    assert lines_of(text, "html-relative") == [3]
