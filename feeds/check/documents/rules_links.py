"""The rules of links: what a reader's click, a player or a directory finds at their other end."""

from feeds.check import Level
from feeds.check.documents.ruling import Rule

_E, _W, _A = Level.ERROR, Level.WARNING, Level.ADVICE
_APPLE_AUDIO = "Apple: audio requirements, hosting"
_APPLE_ART = "Apple: artwork requirements"
_SERVER = "correct it in the web server"

LINK_RULES: dict[str, Rule] = {
    # In the files of one site
    "link-missing": Rule(
        _E, "RFC 9110 §15.5.5", "“{value}” leads to {path}, which is not among the files",
        "correct the link, or make the file",
    ),
    "link-fragment": Rule(
        _W, "HTML §7.4.6.4", "“{value}” names a place that {path} does not have",
        "correct it, or give the place that id",
    ),
    "link-form": Rule(_E, "RFC 3986 §3", "“{value}” is no address", "correct it"),
    "link-scheme": Rule(
        _E, "RFC 8089 §1", "“{value}” leads to the writer's own machine",
        "put the file below content/, or link it where it is on the web",
    ),
    "link-script": Rule(
        _W, "HTML §7.4.2.3.2", "“{value}” is a script: without scripts it leads nowhere",
        "link a page, or use a button",
    ),
    "link-private": Rule(
        _W, "RFC 1918 §3, RFC 6761 §6.3", "“{value}” leads into a network of the writer's",
        "link what everybody can reach",
    ),
    # Asked over the network
    "link-gone": Rule(
        _E, "RFC 9110 §15.5.5, §15.5.11", "“{value}” answers {status}",
        "correct the link, or link an archived copy",
    ),
    "link-unreachable": Rule(
        _E, "RFC 9110 §4.2", "“{value}” gives no answer: {detail}", "correct the link, or remove it"
    ),
    "link-failing": Rule(
        _W, "RFC 9110 §15.6", "“{value}” answers {status}", "look again later"
    ),
    "link-slow": Rule(_W, "talkfeeds", "“{value}” takes more than {limit} s", "look again later"),
    "link-refused": Rule(
        _A, "RFC 9110 §15.5", "“{value}” answers {status}: it may be there for others",
        "open it in a browser",
    ),
    "link-unasked": Rule(
        _A, "RFC 9110 §10.2.3",
        "“{value}” was not asked: its server had answered {status}, and wants to be left alone",
        "look again later",
    ),
    "link-loop": Rule(
        _E, "RFC 9110 §15.4", "“{value}” is redirected without an end",
        "link the page itself",
    ),
    "link-moved": Rule(
        _A, "RFC 9110 §15.4.2, §15.4.9", "“{value}” has moved to {other}", "link that"
    ),
    "link-elsewhere": Rule(
        _A, "RFC 9110 §15.4.3", "“{value}” leads to {other} for now", "leave it where that is meant"
    ),
    # Files that players and directories fetch
    "enclosure-length": Rule(
        _E, "RSS 2.0 <enclosure>, RFC 4287 §4.2.7.6", "“{value}” has {found} bytes, not {wanted}",
        "write its real length in bytes",
    ),
    "enclosure-type": Rule(
        _E, "RSS 2.0 <enclosure>, RFC 4287 §4.2.7.3", "“{value}” is {found}, not {wanted}",
        "write the type that the file has",
    ),
    "enclosure-head": Rule(
        _E, _APPLE_AUDIO, "“{value}”: HEAD says {detail}, GET gives {found} bytes", _SERVER
    ),
    "enclosure-ranges": Rule(
        _E, f"{_APPLE_AUDIO}, RFC 9110 §14.2",
        "“{value}” gives no byte ranges: {detail}", "switch ranges on in the web server",
    ),
    "enclosure-beyond": Rule(
        _W, "RFC 9110 §15.5.17", "“{value}” answers {status} to a range behind its end, not 416",
        _SERVER,
    ),
    "file-cors": Rule(
        _W, "Podcasting 2.0 transcript, chapters; Fetch §3.3.3",
        "“{value}” may not be read by players on the web",
        "send Access-Control-Allow-Origin: * with it",
    ),
    "file-type": Rule(
        _W, "Podcasting 2.0 transcript, chapters", "“{value}” comes as {found}, not {wanted}",
        "correct the type, or the web server's",
    ),
    "art-size": Rule(
        _E, _APPLE_ART, "“{value}” has {found} pixels",
        "make it square, with 1400 to 3000 pixels a side",
    ),
    "art-colour": Rule(
        _E, _APPLE_ART, "“{value}” is {found}, not RGB", "save it in the RGB colour space"
    ),
    "art-form": Rule(
        _E, _APPLE_ART, "“{value}” is no JPEG or PNG that can be read", "save it as JPEG or PNG"
    ),
}  # fmt: skip
