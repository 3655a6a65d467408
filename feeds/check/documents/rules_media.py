"""The rules of podcasts, of Media RSS and of other modules."""

from feeds.check import Level
from feeds.check.documents.ruling import STRUCTURE, VALUE, Rule, shared

_E, _W, _A = Level.ERROR, Level.WARNING, Level.ADVICE
_APPLE = "Apple: A podcaster's guide to RSS"

MEDIA_RULES: dict[str, Rule] = {
    # Podcasts
    **dict(shared("itunes", _APPLE, "missing twice unknown attribute-unknown content space")),
    **dict(
        shared(
            "itunes", _APPLE,
            "attribute-missing uri date email number duration choice category",
        )
    ),
    "itunes-obsolete": Rule(
        _A, _APPLE, "<itunes:{element}> is no longer read",
        "remove it",
    ),
    "itunes-long": Rule(
        _W, _APPLE,
        "<itunes:{element}> has {count} characters; {limit} are shown", "shorten it",
    ),
    "itunes-category-old": Rule(
        _W, "Apple: categories", "Apple's list had “{value}” once", "take one of today's list"
    ),
    "itunes-image-form": Rule(
        _W, "Apple: artwork", "{where}: “{value}” does not end in .jpg or .png",
        "Apple takes JPEG and PNG",
    ),
    **dict(shared("podcast", "Podcasting 2.0", "missing twice attribute-missing content")),
    **dict(shared("podcast", "Podcasting 2.0", "unknown attribute-unknown empty", _W)),
    **dict(
        shared(
            "podcast", "Podcasting 2.0",
            "uri date language media-type email number uuid choice",
        )
    ),
    "podcast-long": Rule(
        _W, "Podcasting 2.0", "<podcast:{element}> has {count} characters; {limit} are allowed",
        "shorten it",
    ),
    "podcast-split": Rule(
        _W, "Podcasting 2.0 value", "no recipient's split is above 0", "give one a split"
    ),
    "podcast-split-both": Rule(
        _E, "Podcasting 2.0 valueTimeSplit", "a time split has a remote item and recipients too",
        "keep one or the other",
    ),
    "podcast-list": Rule(
        _W, "Podcasting 2.0, its lists",
        "{where}: “{value}” is not of its list",
        "take a word of the list",
    ),
    "podcast-unlikely": Rule(_W, "Podcasting 2.0", VALUE[0], "correct the value"),
    "podcast-default": Rule(
        _E, "Podcasting 2.0 alternateEnclosure", "more than one alternate enclosure is default",
        "keep one",
    ),
    "psp-missing": Rule(
        _W, "PSP-1, required elements", "a podcast's <{parent}> has no <{element}>", "add it"
    ),
    "psp-recommended": Rule(
        _A, "PSP-1, recommended elements", "a podcast's <{parent}> has no <{element}>", "add it"
    ),
    "psp-description": Rule(
        _W, "PSP-1 <description>", "the description has {count} bytes; 4,000 are allowed",
        "shorten it",
    ),
    "psp-enclosure-type": Rule(
        _W, "Apple: requirements, PSP-1 <enclosure>",
        "“{value}” is neither sound, nor video, nor PDF or EPUB", "correct the type",
    ),
    # Media RSS
    **dict(shared("media", "Media RSS 1.5.1", STRUCTURE.removeprefix("missing "))),
    **dict(shared("media", "Media RSS 1.5.1", "empty", _W)),
    "media-obsolete": Rule(
        _W, "Media RSS 1.5.1 <media:adult>", "<media:{element}> is no longer used",
        "write <media:rating>",
    ),
    "media-markup": Rule(
        _W, "Media RSS 1.5.1", "<media:{element}> holds markup, and is said to be plain",
        'write plain text, or add type="html" to a title, description or text',
    ),
    "media-group": Rule(
        _E, "Media RSS 1.5.1 <media:group>", "<media:group> holds fewer than two <media:content>",
        "write the content without a group",
    ),
    **dict(shared("media", "Media RSS 1.5.1", "uri number choice time language media-type")),
    "media-source": Rule(
        _E, "Media RSS 1.5.1 <media:content>", "<media:content> has neither url nor a player",
        "add url, or <media:player>",
    ),
    "media-stars": Rule(
        _W, "Media RSS 1.5.1 <media:community>",
        "the average {average} does not lie between {min} and {max}", "correct the numbers",
    ),
    "media-default": Rule(
        _W, "Media RSS 1.5.1 <media:content>", "more than one content of a group is the default",
        "keep one",
    ),
    # Other modules
    "rss-said-twice": Rule(
        _A, "talkfeeds", "<{element}> says what <{other}> says too",
        "keep one: programs choose differently",
    ),
    **dict(
        shared(
            "module", "the module's own specification",
            "twice attribute-missing content uri date number choice language email",
        )
    ),
    **dict(shared("module", "the module's own specification, RSS 2.0, extending RSS", "unknown")),
    **dict(shared("module", "the module's own specification", "attribute-unknown", _W)),
}  # fmt: skip
