"""Values that Podcasting 2.0 alone has, and the lists that it keeps beside its specification."""

import re
from collections.abc import Callable, Mapping

from feeds.check.documents.sheet import Sheet
from feeds.check.documents.values import (
    DATE822,
    DATE3339_LAX,
    Kind,
    is_amount,
    is_date,
    is_positive,
)
from feeds.patterns import pattern

# ISO 8601 in both of its forms: liveItem's own example writes -0600.
_ISO8601 = pattern(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:[Tt](?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})"
    r"(?:[.,][0-9]+)?)?)?(?:[Zz]|[+-](?P<away>[0-9]{2})(?::?(?P<beside>[0-9]{2}))?)?)?"
)
# RFC 5870 §3.3.
_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,20})?"
_GEO = pattern(
    rf"geo:(?P<above>{_NUMBER}),(?P<beside>{_NUMBER})(?:,{_NUMBER})?"
    r"(?:;crs=(?P<system>[a-z0-9-]+))?(?:;[a-z0-9-]+(?:=[^;\s]+)?)*",
    re.IGNORECASE,
)
# SRI §3.5; several hashes stand side by side.
_HASH = pattern(r"sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}(?:\?[!-~]*)?")
_BASE64 = pattern(r"[A-Za-z0-9+/]+={0,2}")
_OF_DAY = pattern(r"(?P<week>[+-]?[0-9]{1,2})?(?:SU|MO|TU|WE|TH|FR|SA)")
_DAY_OF_WEEK = pattern(r"SU|MO|TU|WE|TH|FR|SA")
_SIGNED = pattern(r"([+-]?)([0-9]{1,3})")
_PERIODS = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
# RFC 5545 §3.3.10: the least and the most that stand in a list, and whether signs may.
_LISTS = {
    "BYSECOND": (0, 60, ""),
    "BYMINUTE": (0, 59, ""),
    "BYHOUR": (0, 23, ""),
    "BYMONTHDAY": (1, 31, "+-"),
    "BYYEARDAY": (1, 366, "+-"),
    "BYWEEKNO": (1, 53, "+-"),
    "BYMONTH": (1, 12, ""),
    "BYSETPOS": (1, 366, "+-"),
}


def is_iso8601(text: str) -> bool:
    """A day of the calendar, or a moment of one, as ISO 8601 writes them."""
    found = _ISO8601.fullmatch(text)
    return (
        found is not None
        and is_date(found["year"], found["month"], found["day"])
        and (found["hour"] or "0") < "24"
        and (found["minute"] or "0") < "60"
        and (found["second"] or "0") < "61"
        and (found["away"] or "0") < "24"
        and (found["beside"] or "0") < "60"
    )


def is_recurrence(text: str) -> bool:
    """RFC 5545 §3.3.10, with RFC 7529's two parts, and a last day as the specification's own
    example writes it.

    Which parts a period may not have is not asked: another example has days of the month weekly.
    """
    seen: set[str] = set()
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in seen or not _is_part(name, value):
            return False
        seen.add(name)
    return "FREQ" in seen and not {"COUNT", "UNTIL"} <= seen


def _is_part(name: str, value: str) -> bool:
    if name in _LISTS:
        return all(_is_within(one, *_LISTS[name]) for one in value.split(","))
    test = _PARTS.get(name)
    return test is not None and test(value)


def _is_within(text: str, least: int, most: int, signs: str) -> bool:
    found = _SIGNED.fullmatch(text)
    if found is None or (found[1] and not signs):
        return False
    return least <= int(found[2]) <= most


def _is_day(text: str) -> bool:
    found = _OF_DAY.fullmatch(text)
    return found is not None and (not found["week"] or 1 <= abs(int(found["week"])) <= 53)


_PARTS: dict[str, Callable[[str], bool]] = {
    "FREQ": _PERIODS.__contains__,
    "UNTIL": is_iso8601,
    "COUNT": is_positive,
    "INTERVAL": is_positive,
    "BYDAY": lambda text: all(map(_is_day, text.split(","))),
    "WKST": lambda text: _DAY_OF_WEEK.fullmatch(text) is not None,
    "RSCALE": bool,
    "SKIP": bool,
}


def is_geo(text: str) -> bool:
    """RFC 5870: on the earth, a latitude and a longitude that there are (§3.4.2)."""
    found = _GEO.fullmatch(text)
    if found is None:
        return False
    if (found["system"] or "wgs84").lower() != "wgs84":
        return True
    return abs(float(found["above"])) <= 90 and abs(float(found["beside"])) <= 180


def is_sri(text: str) -> bool:
    """One hash of SRI §3.5, or several."""
    hashes = text.split()
    return bool(hashes) and all(map(_HASH.fullmatch, hashes))


def is_base64(text: str) -> bool:
    """What a signature is written in."""
    return _BASE64.fullmatch("".join(text.split())) is not None


ISO8601 = Kind(
    "date",
    "a date of ISO 8601 or RFC 822",
    lambda text: is_iso8601(text) or DATE3339_LAX.test(text) or DATE822.test(text),
)
RECURRENCE = Kind("choice", "a rule of RFC 5545", is_recurrence)
GEO = Kind("uri", "a geo: address", is_geo)
SRI = Kind("choice", "a hash of SRI, such as sha384-…", is_sri)
SIGNATURE = Kind("choice", "Base64", is_base64)
AMOUNT = Kind("number", "a number from 0 on", is_amount)
SECONDS = Kind("number", "seconds", is_amount)

# The specification's licenses.json and licenseslugs.txt, in small letters.
_LICENSES = frozenset(
    """
    none arr pod-v4v-1.0 cc afl-3.0 apache-2.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause
    bsd-3-clause-clear wtfpl ecl-2.0 epl-1.0 eupl-1.1 agpl-3.0 gpl gpl-2.0 gpl-3.0 lgpl
    lgpl-2.1 lgpl-3.0 unlicense
    """.split()
)
_CREATIVE = pattern(r"cc0-1\.0|cc-by(?:-nc)?(?:-sa|-nd)?-[1-4]\.[05](?:-[a-z]{2,3})?")


def is_known_license(text: str) -> bool:
    """A license of the specification's list; of Creative Commons', all of them are well known."""
    name = text.strip().lower()
    return name in _LICENSES or _CREATIVE.fullmatch(name) is not None


# The lists that the specification points to: taxonomy.json, serviceslugs.txt,
# socialprotocols.txt, chatprotocols.txt and valueslugs.txt, in all of their versions.
_GROUPS = """
    Creative Direction, Cast, Writing, Audio Production, Audio Post-Production, Administration,
    Visuals, Community, Misc., Misc, Video Production, Video Post-Production
"""
_ROLES = """
    Director, Assistant Director, Executive Producer, Senior Producer, Producer,
    Associate Producer, Development Producer, Creative Director, Host, Co-Host, Guest Host, Guest,
    Voice Actor, Narrator, Announcer, Reporter, Author, Editorial Director, Co-Writer, Writer,
    Songwriter, Guest Writer, Story Editor, Managing Editor, Script Editor, Script Coordinator,
    Researcher, Editor, Fact Checker, Translater, Translator, Transcriber, Logger,
    Studio Coordinator, Technical Director, Technical Manager, Audio Engineer,
    Remote Recording Engineer, Post Production Engineer, Audio Editor, Sound Designer,
    Foley Artist, Composer, Theme Music, Music Production, Music Contributor,
    Production Coordinator, Booking Coordinator, Production Assistant, Content Manager,
    Marketing Manager, Sales Representative, Sales Manager, Graphic Designer,
    Cover Art Designer, Social Media Manager, Consultant, Intern, Camera Operator,
    Lighting Designer, Camera Grip, Assistant Camera, Assistant Editor
"""
_SERVICES = """
    acast, amazon, anchor, apple, audible, audioboom, backtracks, bitcoin, blubrry, buzzsprout,
    captivate, castopod, castos, facebook, fireside, fyyd, google, gpodder, hypercatcher, itunes,
    kasts, libsyn, mastodon, megafono, megaphone, omnystudio, overcast, paypal, pinecast, podbean,
    podcastaddict, podcastguru, podcastindex, podcasts, podcasts.com, podchaser, podcloud,
    podfriend, podiant, podigee, podnews, podomatic, podserve, podverse, redcircle, relay,
    relayfm, resonate, rss, rss.com, shoutengine, simplecast, slack, soundcloud, spotify,
    spreaker, tiktok, transistor, twitter, whooshkaa, youtube, zencast
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()).lower() for word in text.split(","))


LISTS: dict[tuple[str, str], frozenset[str]] = {
    ("person", "group"): _words(_GROUPS),
    ("person", "role"): _words(_ROLES),
    ("block", "id"): _words(_SERVICES),
    ("socialInteract", "protocol"): _words(
        "disabled, activitypub, twitter, lightning, bluesky, atproto, hive, matrix, nostr"
    ),
    ("chat", "protocol"): _words("irc, xmpp, nostr, matrix"),
    ("value", "type"): _words("bitcoin, lightning, keysend, wallet, hive, webmonetization"),
    ("valueRecipient", "type"): _words("bitcoin, lightning, keysend, wallet, node, lnaddress"),
    ("transcript", "rel"): _words("captions"),
}


def check_lists(sheet: Sheet, element: str, line: int, attributes: Mapping[str, str]) -> None:
    """Attributes that name something of a list, which may have grown since."""
    for attribute, value in attributes.items():
        known = LISTS.get((element, attribute))
        if known is not None and value.strip() and " ".join(value.lower().split()) not in known:
            where = f"{attribute} of <podcast:{element}>"
            sheet.say("podcast-list", line, where=where, value=value)
