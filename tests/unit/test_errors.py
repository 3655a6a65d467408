"""The error tree: what a person reads."""

import pytest

from feeds.errors import ContentError, Problem, TalkfeedsError, UsageError, WorldError


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            Problem("a.md", 3, "title", "is empty", "write one"),
            "a.md:3: title: is empty (write one)",
        ),
        (Problem("a.md", 3, "title", "is empty"), "a.md:3: title: is empty"),
        (Problem("a.md", 3, "", "is empty", "write one"), "a.md:3: is empty (write one)"),
        (Problem("a.md", 0, "", "is empty"), "a.md: is empty"),
        (Problem("a.md", 0, "id", "is empty"), "a.md: id: is empty"),
    ],
)
def test_a_problem_is_one_line(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_content_error_has_every_problem_once_by_file_and_line() -> None:
    late = Problem("b.md", 1, "title", "is empty")
    tenth = Problem("a.md", 10, "date", "is no date")
    second = Problem("a.md", 2, "title", "is empty")
    whole = Problem("a.md", 0, "", "is too large")

    error = ContentError(iter([late, tenth, second, late, whole]))

    assert error.problems == (whole, second, tenth, late)
    assert str(error) == (
        "a.md: is too large\na.md:2: title: is empty\na.md:10: date: is no date\n"
        "b.md:1: title: is empty"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            WorldError("mail.example.org", "refused", "start it"),
            "mail.example.org: refused (start it)",
        ),
        (WorldError("mail.example.org", "refused"), "mail.example.org: refused"),
        (UsageError("no such week"), "no such week"),
    ],
)
def test_an_error_reads_as_it_prints(error: TalkfeedsError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("kind", [UsageError, ContentError, WorldError])
def test_all_have_one_root_that_is_no_bug(kind: type[Exception]) -> None:
    assert issubclass(kind, TalkfeedsError)
    assert not issubclass(kind, ValueError | OSError)
