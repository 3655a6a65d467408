"""Which recordings may be offered as audio."""

import pytest

from feeds.licences import REDISTRIBUTABLE, redistributable, spdx_of, url_of
from tests.support import make_talk


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc-by-sa-3.0", "CC-BY-SA-3.0"),
        (" CC0-1.0 ", "CC0-1.0"),
        ("CC-BY-3.0-US", "CC-BY-3.0-US"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://www.creativecommons.org/licenses/by-nc-sa/4.0/deed.es", "CC-BY-NC-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode.zh-hans", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
        ("https://creativecommons.org/licenses/by/2.5/mx/", "CC-BY-2.5"),
        ("https://creativecommons.org/licenses/by/3.0/es/deed.ca", "CC-BY-3.0"),
        ("https://creativecommons.org/licenses/by/2.5/scotland/legalcode", "CC-BY-2.5"),
        ("https://creativecommons.org/licenses/by/4.0/deed.es-419", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode.zh_Hans", "CC-BY-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/deed.en", "CC-PDM-1.0"),
        ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"),
    ],
)
def test_a_licence_to_share_is_known_by_its_id_and_by_its_page(given: str, expected: str) -> None:
    assert spdx_of(given) == expected
    assert url_of(given).startswith("http")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Creative Commons Attribution license (reuse allowed)",
        "Standard YouTube License",
        "All rights reserved",
        "CC-BY",
        "CC-BY-9.0",
        "CC-BY-ND-4.0",
        "CC-BY-NC-ND-4.0",
        "CC-BY-4.0 OR LicenseRef-mine",
        "LicenseRef-CC-BY-4.0",
        "MIT",
        "https://creativecommons.org/licenses/by-nd/4.0/",
        "https://creativecommons.org/licenses/by-nc-nd/3.0/us/",
        "https://creativecommons.org.example.net/licenses/by/4.0/",
        "https://example.net/https://creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/../../by-nd/4.0/",
        "https://creativecommons.org/licenses/by/4.0/\nhttps://example.net",
        "https://spdx.org/licenses/MIT.html",
        "https://creativecommons.org/licenses/by/4.0/nd",
        "https://creativecommons.org/licenses/by/4.0/nd/",
        "https://creativecommons.org/licenses/by/4.0/jp",
        "https://creativecommons.org/licenses/by/4.0/legalcode.nd",
        "https://creativecommons.org/licenses/by/4.0/deed.nc",
        "https://creativecommons.org/licenses/by/3.0/nd/",
        "https://creativecommons.org/licenses/by/3.0/xx/",
        "https://creativecommons.org/licenses/by/4.0//deed",
    ],
)
def test_what_is_no_licence_to_share_grants_nothing(given: str) -> None:
    assert spdx_of(given) == ""
    assert url_of(given) == ""


def test_every_licence_of_the_table_is_known_by_its_id_and_has_a_page() -> None:
    for name, url in REDISTRIBUTABLE.items():
        assert spdx_of(name) == name
        assert spdx_of(url) == name
        assert "ND" not in name.split("-")


def test_a_talk_says_itself_whether_its_recording_may_be_shared() -> None:
    assert redistributable(make_talk(license="CC-BY-4.0"))
    assert not redistributable(make_talk(license=""))
