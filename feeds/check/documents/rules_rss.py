"""The rules of RSS, one row each."""

from feeds.check import Level
from feeds.check.documents.ruling import STRUCTURE, Rule, shared

_E, _W, _A = Level.ERROR, Level.WARNING, Level.ADVICE

RSS_RULES: dict[str, Rule] = {
    **dict(shared("rss", "RSS 2.0", STRUCTURE)),
    **dict(shared("rss", "RSS 2.0", "empty", _W)),
    **dict(shared("rss", "RSS 2.0, RFC 3986", "uri")),
    **dict(shared("rss", "RSS 2.0, RFC 822 §5", "date")),
    **dict(shared("rss", "RSS 2.0 <language>, BCP 47", "language")),
    **dict(shared("rss", "RSS 2.0 <enclosure>, RFC 2045", "media-type")),
    **dict(shared("rss", "RSS 2.0 <managingEditor>", "email")),
    **dict(shared("rss", "RSS 2.0", "number choice")),
    "rss-version": Rule(
        _E, "RSS 2.0", "<rss> has no version, or none that is known", 'write version="2.0"'
    ),
    "rss-item": Rule(_E, "RSS 2.0 <item>", "the item has neither title nor description", "add one"),
    "rss-namespace": Rule(
        _E,
        "RSS 2.0, extending RSS",
        "<rss> stands in the namespace “{value}”",
        "remove xmlns",
    ),
    "rss-extension": Rule(
        _E,
        "RSS 2.0, extending RSS",
        "<{element}> inside of <{parent}> has no namespace",
        "correct its prefix",
    ),
    "rss-doctype": Rule(
        _E, "RSS 0.91, DTD", "the DTD of RSS 0.91 in RSS {value}", "remove <!DOCTYPE>"
    ),
    "rss-guid": Rule(
        _E,
        "RSS 2.0 <guid>",
        "the guid “{value}” is no address, and is said to be one",
        'write the address, or add isPermaLink="false"',
    ),
    "rss-guid-scheme": Rule(
        _W,
        "RSS 2.0 <guid>",
        "the guid “{value}” is no address of the web, and is said to be one",
        'add isPermaLink="false"',
    ),
    "rss-guid-missing": Rule(
        _W, "RSS 2.0 <guid>", "the item has no guid", "add one that never changes"
    ),
    "rss-guid-twice": Rule(
        _E,
        "RSS 2.0 <guid>",
        "the item of line {other} has the guid “{value}” too",
        "a guid names one item",
    ),
    "rss-enclosures": Rule(
        _W, "RSS profile §4.6", "the item has more than one enclosure", "most readers see one"
    ),
    "rss-enclosure-length": Rule(
        _A, "RSS 2.0 <enclosure>", "the enclosure's length is 0", "say its size in bytes"
    ),
    "rss-hours": Rule(_E, "RSS 2.0 <skipHours>", "{value}", "0 to 23, each once"),
    "rss-hours-midnight": Rule(
        _W, "RSS 2.0 <skipHours>", "midnight stands as hour 24, as in RSS 0.91", "write 0"
    ),
    "rss-days": Rule(_E, "RSS 2.0 <skipDays>", "{value}", "Monday to Sunday, each once"),
    "rss-image-size": Rule(
        _E,
        "RSS 2.0 <image>",
        "the image's {attribute} is {value}",
        "at most 144 wide and 400 high",
    ),
    "rss-image-form": Rule(
        _W,
        "RSS 2.0 <image>",
        "the image “{value}” is neither GIF, JPEG nor PNG",
        "readers show those",
    ),
    "rss-image-differs": Rule(
        _W,
        "RSS 2.0 <image>",
        "the image's <{element}> is not the channel's",
        "write the channel's",
    ),
    "rss-date-weekday": Rule(
        _E, "RFC 822 §5.2", "{where}: “{value}” names another day of the week", "correct it"
    ),
    "rss-date-form": Rule(
        _W,
        "RFC 822 §3.1.4, RSS profile §3.2",
        "{where}: “{value}” is a date that few programs read",
        "write Thu, 14 Dec 2017 10:00:00 GMT",
    ),
    "rss-date-year": Rule(
        _W,
        "RSS profile §2.1, RFC 1123 §5.2.14",
        "{where}: “{value}” has a year of two digits",
        "write four",
    ),
    "rss-date-zone": Rule(
        _W,
        "RFC 1123 §5.2.14",
        "{where}: “{value}” has a military time zone",
        "write GMT or an offset such as -0600",
    ),
    "rss-person": Rule(
        _W,
        "RSS profile §2.2",
        "{where}: “{value}” is not an address and then a name",
        "write ana@example.org (Ana)",
    ),
    "rss-uri-ascii": Rule(
        _E,
        "RFC 3986 §2",
        "{where}: “{value}” has characters beyond ASCII",
        "percent-encode them",
    ),
    "rss-self": Rule(
        _W,
        "RSS profile §5.1",
        "the channel does not say where it is itself",
        'add <atom:link rel="self" type="application/rss+xml" href="…"/>',
    ),
    "rss-title-markup": Rule(
        _A,
        "RSS profile §4.14",
        "{where} holds markup, which many readers show as it is",
        "write plain text",
    ),
    "rss-description-content": Rule(
        _W,
        "RSS profile §5.2",
        "no <description> stands before <content:encoded>",
        "put one first; or write the content into the description",
    ),
    "rss-guid-number": Rule(
        _A,
        "RSS 2.0 <guid>",
        "the guid “{value}” is a number that other feeds have too",
        "write an address or a tag: URI; of what is published, change nothing",
    ),
    "rss-order": Rule(
        _W,
        "RSS profile §4.1",
        "<{element}> of the channel stands behind an item",
        "put it before the items",
    ),
    "rss-text-input": Rule(
        _A, "RSS 2.0 <textInput>", "most programs ignore <textInput>", "link a page with a form"
    ),
    "rss-comments-date": Rule(
        _W,
        "RSS profile §5.4",
        "<slash:comments> was counted on a day that the channel does not say",
        "add <lastBuildDate>",
    ),
    **dict(shared("rdf", "RSS 1.0 §5", "missing twice unknown attribute-missing content uri")),
    "rdf-items": Rule(
        _W, "RSS 1.0 §5.3.5, §5.5", "{value}", "list each item once in <items>, and only those"
    ),
}
