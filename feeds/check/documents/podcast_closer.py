"""What the tables of Podcasting 2.0 cannot say of an element: each looks at one again."""

from feeds.check import Level
from feeds.check.documents.grammar import check_value
from feeds.check.documents.podcast_values import (
    AMOUNT,
    SECONDS,
    SIGNATURE,
    SRI,
    check_lists,
    is_known_license,
)
from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import Node
from feeds.check.documents.values import DECIMAL, is_number

_LIMITS = {
    **dict.fromkeys(("funding", "soundbite", "season", "location", "person"), 128),
    **dict.fromkeys(("license", "trailer", "updateFrequency"), 128),
    "txt": 4_000,
}
# What apps recommend of a soundbite's seconds.
_SOUNDBITE = (15, 120)


def listed(sheet: Sheet, node: Node) -> None:
    """Words that should be of a list."""
    check_lists(sheet, node.name, node.line, node.attributes)


def long(sheet: Sheet, node: Node) -> None:
    """Text that apps cut."""
    listed(sheet, node)
    limit = _LIMITS[node.name]
    if (count := len(node.text.strip())) > limit:
        sheet.say("podcast-long", node.line, element=node.name, count=count, limit=limit)


def value(sheet: Sheet, node: Node) -> None:
    """Somebody has a share."""
    listed(sheet, node)
    splits = [
        one.attributes.get("split", "").strip() for one in node.named(node.space, "valueRecipient")
    ]
    if splits and all(is_number(one) and not one.strip("0") for one in splits):
        sheet.say("podcast-split", node.line)


def social(sheet: Sheet, node: Node) -> None:
    """Comments are somewhere, or not wanted."""
    listed(sheet, node)
    protocol = node.attributes.get("protocol", "").strip().lower()
    if "uri" not in node.attributes and protocol != "disabled":
        _lack(sheet, node, "uri")


def frequency(sheet: Sheet, node: Node) -> None:
    """A rule that counts must know where it begins."""
    long(sheet, node)
    if "COUNT=" in node.attributes.get("rrule", "").upper() and "dtstart" not in node.attributes:
        _lack(sheet, node, "dtstart")


def license(sheet: Sheet, node: Node) -> None:
    """A license of one's own says where it can be read."""
    long(sheet, node)
    if "url" not in node.attributes and node.text.strip() and not is_known_license(node.text):
        _lack(sheet, node, "url")


def integrity(sheet: Sheet, node: Node) -> None:
    """The value is what the type says."""
    kind = {"sri": SRI, "pgp-signature": SIGNATURE}.get(node.attributes.get("type", ""))
    value = node.attributes.get("value", "")
    if kind is not None and value.strip():
        where, section = "value of <podcast:integrity>", "Podcasting 2.0 <podcast:integrity>"
        check_value(sheet, "podcast", node.line, where, value, kind, section)


def _unlikely(sheet: Sheet, node: Node, where: str, value: str, **more: object) -> None:
    sheet.say("podcast-unlikely", node.line, where=where, value=value, **more)


def episode(sheet: Sheet, node: Node) -> None:
    """Any decimal number is one."""
    text = node.text.strip()
    if text.startswith("-") and DECIMAL.test(text):
        _unlikely(sheet, node, "<podcast:episode>", text, wanted=AMOUNT.wanted)


def soundbite(sheet: Sheet, node: Node) -> None:
    """It lasts for as long as apps recommend."""
    long(sheet, node)
    text = node.attributes.get("duration", "").strip()
    if not SECONDS.test(text) or _SOUNDBITE[0] <= float(text) <= _SOUNDBITE[1]:
        return
    level = Level.ADVICE if float(text) else None
    where, wanted = "duration of <podcast:soundbite>", "a duration of 15 to 120 seconds"
    _unlikely(sheet, node, where, text, wanted=wanted, level=level)


def split(sheet: Sheet, node: Node) -> None:
    """Either somebody else's recipients, or some of its own."""
    theirs = node.first(node.space, "remoteItem")
    ours = node.first(node.space, "valueRecipient")
    if theirs is None and ours is None:
        name, element = "podcast:valueTimeSplit", "podcast:valueRecipient"
        sheet.say("podcast-missing", node.line, parent=name, element=element)
    elif theirs is not None and ours is not None:
        sheet.say("podcast-split-both", ours.line)


def publisher(sheet: Sheet, node: Node) -> None:
    """The feed that it leads to is a publisher's."""
    for item in node.named(node.space, "remoteItem"):
        if item.attributes.get("medium", "").strip().lower() != "publisher":
            value, where = item.attributes.get("medium", ""), "medium of <podcast:remoteItem>"
            section = "Podcasting 2.0 <podcast:publisher>"
            sheet.say(
                "podcast-choice", item.line, section=section, where=where, value=value,
                wanted="one of publisher",
            )  # fmt: skip


def _lack(sheet: Sheet, node: Node, attribute: str) -> None:
    element = f"podcast:{node.name}"
    sheet.say("podcast-attribute-missing", node.line, element=element, attribute=attribute)
