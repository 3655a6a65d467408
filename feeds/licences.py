"""Which recordings may be offered as audio: a table of licences, and one rule over it.

A licence counts as redistributable when everyone may share the sound of a recording, whole or
cut, under it. Creative Commons licences do, also those for non-commercial use: a feed that is
free of charge is none. Those with ND ("no derivatives") are left out on purpose: a talk's sound
without its pictures, cut to its beginning and end and levelled, may be a derivative. So are
software licences, because nobody means them for a recording. A licence that is missing,
misspelt or unknown grants nothing, and neither does what YouTube says.
"""

import re

from feeds.model import Talk
from feeds.patterns import pattern

# Creative Commons: the kind of licence → the versions of it that were published
# (https://creativecommons.org/licenses/list.en). NC and SA came before their order was settled.
_CC = {
    "BY": ("1.0", "2.0", "2.5", "3.0", "4.0"),
    "BY-SA": ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0"),
    "BY-NC": ("1.0", "2.0", "2.5", "3.0", "4.0"),
    "BY-NC-SA": ("1.0", "2.0", "2.5", "3.0", "4.0"),
}
# Ports to a country's law that have a name in SPDX's list (3.27); other ports by their URL.
_PORTS = (
    "CC-BY-2.5-AU",
    "CC-BY-3.0-AT",
    "CC-BY-3.0-AU",
    "CC-BY-3.0-DE",
    "CC-BY-3.0-IGO",
    "CC-BY-3.0-NL",
    "CC-BY-3.0-US",
    "CC-BY-NC-3.0-DE",
    "CC-BY-NC-SA-2.0-DE",
    "CC-BY-NC-SA-2.0-FR",
    "CC-BY-NC-SA-2.0-UK",
    "CC-BY-NC-SA-3.0-DE",
    "CC-BY-NC-SA-3.0-IGO",
    "CC-BY-SA-2.0-UK",
    "CC-BY-SA-2.1-JP",
    "CC-BY-SA-3.0-AT",
    "CC-BY-SA-3.0-DE",
    "CC-BY-SA-3.0-IGO",
)
# Given to the public, and licences made for works that are no software.
_OTHERS = ("CC0-1.0", "CC-PDDC", "CC-PDM-1.0", "LAL-1.2", "LAL-1.3", "OGL-UK-3.0", "etalab-2.0")
# SPDX id → the licence's page. Ids are compared without regard to capitals (SPDX 3.0.1, annex B).
REDISTRIBUTABLE: dict[str, str] = {
    f"CC-{kind}-{version}": f"https://creativecommons.org/licenses/{kind.lower()}/{version}/"
    for kind, versions in _CC.items()
    for version in versions
}
REDISTRIBUTABLE |= {name: f"https://spdx.org/licenses/{name}.html" for name in (*_PORTS, *_OTHERS)}
REDISTRIBUTABLE |= {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
}
_IDS = {name.lower(): name for name in REDISTRIBUTABLE}
_PUBLIC_DOMAIN = {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}
_SPDX_URL = pattern(r"https?://(?:www\.)?spdx\.org/licenses/([\w.-]+?)(?:\.html|\.json)?")
# What 1.0 to 3.0 were ported to (https://creativecommons.org/licenses/list.en); 4.0 has no ports.
_PORTED = (
    "am|ar|at|au|az|be|bg|br|ca|ch|cl|cn|co|cr|cz|de|dk|ec|ee|eg|es|fi|fr|ge|gr|gt|hk|hr|hu|ie|igo"
    "|il|in|it|jp|kr|lu|mk|mt|mx|my|nl|no|nz|pe|ph|pl|pr|pt|ro|rs|scotland|se|sg|si|th|tw|ug|uk|us"
    "|ve|vn|za"
)
# Not languages, but what a licence that allows less is called by.
_NO_LANGUAGES = frozenset({"nd", "nc", "sa", "by"})
# The deed in any language, its legal code, and ports (/by/3.0/mx/).
_CC_URL = pattern(
    r"https?://(?:www\.)?creativecommons\.org/"
    rf"(?:licenses/(?P<kind>[a-z-]+)/(?P<version>[0-9.]+)(?:/(?P<port>{_PORTED}))?"
    r"|publicdomain/(?P<given>zero|mark)/1\.0)"
    r"(?:/(?:(?:deed|legalcode)(?:\.(?P<language>[a-z]{2,3}(?:[_-][a-z0-9]{2,4}){0,2}))?)?)?",
    re.IGNORECASE,
)


def spdx_of(license: str) -> str:
    """The SPDX id of a redistributable licence, given as an id or a URL; else empty.

    A port without an id of its own gets that of the licence it was made from.
    """
    found = license.strip()
    if form := _SPDX_URL.fullmatch(found):
        found = form[1]
    if form := _CC_URL.fullmatch(found):
        if form["given"]:
            return _PUBLIC_DOMAIN[form["given"].lower()]
        if (form["language"] or "").lower() in _NO_LANGUAGES:
            return ""
        if form["port"] and form["version"].startswith("4"):
            return ""
        found = f"CC-{form['kind']}-{form['version']}"
        port = f"{found}-{form['port']}".lower()
        return _IDS.get(port) or _IDS.get(found.lower(), "")
    return _IDS.get(found.lower(), "")


def url_of(license: str) -> str:
    """The page of a redistributable licence, as it was given or from the table; else empty."""
    found = spdx_of(license)
    given = license.strip()
    return given if found and "://" in given else REDISTRIBUTABLE.get(found, "")


def redistributable(talk: Talk) -> bool:
    """Whether everyone may share the talk's recording: it says so itself, in ``license``."""
    return spdx_of(talk.license) != ""
