"""The data about mail programs: as it is shipped, and as it is taken in."""

import json
from pathlib import Path

import pytest

from feeds.check.mail.support import GREAT, support_of, vendored
from feeds.edges import mailfiles
from feeds.edges.mailfiles import support
from tests.support import REPOSITORY


def raw(**changes: object) -> str:
    rows = [
        {
            "slug": f"css-{number}", "title": f"Feature {number} ", "last_test_date": "2026-01-02",
            "stats": {"gmail": {"ios": {"2019": "n", "2026": "y  #1"}, "android": {}}},
            "notes_by_num": {"1": "a note"} if number else None, "keywords": "not kept",
        }
        for number in range(200)
    ]  # fmt: skip
    names = {"family": {"gmail": "Gmail"}, "platform": {"ios": "iOS"}}
    found = {
        "api_version": "1.0.4", "last_update_date": "2026-02-03 10:00:00 +0000",
        "nicenames": names, "data": rows, **changes,
    }  # fmt: skip
    return json.dumps(found)


def test_what_is_shipped_has_its_date_its_licence_and_every_feature() -> None:
    found = support()
    assert found.updated == "2026-05-13"
    assert len(found.features) > 300
    licence = REPOSITORY / "feeds" / "check" / "mail" / "caniemail-LICENSE.txt"
    assert "Copyright (c) 2019 HTeuMeuLeu" in licence.read_text("utf-8")
    for feature in found.features.values():
        assert all(result[0] in "yanu" for result in feature.stats.values()), feature.slug
    assert found.named("outlook.windows") == "Outlook (Windows)"
    assert 90 < found.share(tuple(found.shares)) < 100
    assert {client.partition(".")[0] for client in found.shares} >= set(GREAT)


def test_the_newest_result_of_each_client_is_kept() -> None:
    found = support_of(vendored(raw()))
    feature = found.features["css-7"]
    assert feature.stats == {"gmail.ios": "y #1"}
    assert (feature.title, feature.tested, feature.notes) == (
        "Feature 7", "2026-01-02", {"1": "a note"},
    )  # fmt: skip
    assert found.updated == "2026-02-03"
    assert vendored(raw()) == vendored(raw()), "the same bytes for the same data"


@pytest.mark.parametrize("text", ["", "[]", "{}", raw(data=[])])
def test_what_is_not_that_data_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vendored(text)


def test_it_is_renewed_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, source = tmp_path / "kept.json", tmp_path / "data.json"
    monkeypatch.setattr(mailfiles, "_PATH", target)
    source.write_text(raw(), "utf-8")
    mailfiles.renew(source)
    assert support().updated == "2026-02-03"
    source.write_text("{}", "utf-8")
    with pytest.raises(ValueError, match="not the data"):
        mailfiles.renew(source)
    assert support().updated == "2026-02-03", "what was there stays"
