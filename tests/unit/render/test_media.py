"""Media types and cache times of everything that a build writes."""

import pytest

from feeds import chapters
from feeds.recordings import MEDIA_TYPES
from feeds.render.media import OTHER, cache_control, media_type, upload_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("feed.atom", "application/atom+xml"),
        ("tags/go/feed.json", "application/feed+json"),
        ("tags/go/archive/0a1b.json", "application/feed+json"),
        ("recordings.json", "application/json"),
        ("chapters/feed.JSON", chapters.MEDIA_TYPE),
        ("chapters/uno.json", "application/json+chapters"),
        ("podcast.rss", "application/rss+xml"),
        ("feeds.opml", "text/x-opml"),
        ("sitemap.xml", "application/xml"),
        ("transcripts/uno.es.vtt", "text/vtt; charset=utf-8"),
        ("audio/uno.m4a", MEDIA_TYPES["m4a"]),
        ("slides/Folien.PDF", "application/pdf"),
        ("a.b/html", OTHER),
        ("html", OTHER),
        ("x.unknown", OTHER),
        (".html", "text/html; charset=utf-8"),
    ],
)
def test_media_types(path: str, expected: str) -> None:
    assert media_type(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", "public, max-age=300"),
        ("feed.atom", "public, max-age=300"),
        ("covers/uno.jpg", "public, max-age=3600"),
        ("audio/uno.m4a", "public, max-age=86400"),
        ("private/0123/podcast.rss", "private, max-age=300"),
        ("private/0123/audio/uno.m4a", "private, max-age=86400"),
    ],
)
def test_what_changes_often_is_kept_shortly_and_what_is_private_by_no_shared_cache(
    path: str, expected: str
) -> None:
    assert cache_control(path) == expected
    assert upload_of(path, 7).cache_control == expected
