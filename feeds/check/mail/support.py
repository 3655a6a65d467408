"""What mail programs show of HTML and CSS: the data of Can I email (MIT), with its date.

The file keeps of each feature the newest result of every client, and the notes: a line a
feature. ``scripts/refresh-caniemail`` renews it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A feature that one of these does not have is an error, unless a fallback stands beside it.
GREAT = ("gmail", "outlook", "apple-mail", "yahoo")


@dataclass(frozen=True, slots=True)
class Feature:
    """``stats``: client such as ``gmail.ios`` → y, a (partly), n or u, and numbers of notes."""

    slug: str
    title: str
    tested: str
    stats: Mapping[str, str]
    notes: Mapping[str, str]

    def without(self, families: tuple[str, ...] = GREAT) -> tuple[str, ...]:
        """The clients of those families that do not have it."""
        return tuple(
            client
            for client, result in self.stats.items()
            if result[:1] == "n" and client.partition(".")[0] in families
        )


@dataclass(frozen=True, slots=True)
class Support:
    """Every feature by its slug. ``updated`` is the data's own day, ``shares_of`` that of
    ``shares``: client → per cent of all mails that are opened."""

    updated: str
    features: Mapping[str, Feature]
    families: Mapping[str, str]
    platforms: Mapping[str, str]
    shares: Mapping[str, float]
    shares_of: str

    def named(self, client: str) -> str:
        """``Outlook (Windows)``."""
        family, _, platform = client.partition(".")
        shown = self.platforms.get(platform, platform)
        return f"{self.families.get(family, family)} ({shown})"

    def share(self, clients: tuple[str, ...]) -> float:
        """Per cent of opened mails that are opened in those."""
        return sum(self.shares.get(client, 0.0) for client in clients)


def support_of(text: str) -> Support:
    """What ``vendored`` wrote."""
    data = json.loads(text)
    features = {
        slug: Feature(slug, row["title"], row["tested"], row["stats"], row.get("notes", {}))
        for slug, row in data["features"].items()
    }
    return Support(
        data["updated"],
        features,
        data["families"],
        data["platforms"],
        data["shares"]["clients"],
        data["shares"]["updated"],
    )


# Of https://emailclientmarketshare.com/, as Can I email has it; a share of several clients is
# divided among them evenly.
_SHARES_OF = "2020-12-01"
_SHARES: dict[tuple[str, ...], float] = {
    ("apple-mail.ios",): 38.81 + 1.56,
    ("gmail.desktop-webmail", "gmail.ios", "gmail.android"): 26.36,
    ("apple-mail.macos",): 12.13,
    ("outlook.windows", "outlook.macos"): 8.31,
    ("yahoo.desktop-webmail", "yahoo.ios", "yahoo.android"): 5.34,
    ("samsung-email.android",): 1.6,
    ("outlook.outlook-com",): 0.18,
}


def vendored(text: str) -> str:
    """Can I email's data.json as this package keeps it; the same bytes for the same data.

    ValueError when it is not that.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or len(data.get("data", ())) < 200:
        raise ValueError("this is not the data of Can I email")
    shares = {
        client: round(share / len(clients), 2)
        for clients, share in _SHARES.items()
        for client in clients
    }
    head = {
        "source": "https://www.caniemail.com/",
        "licence": "MIT, Copyright (c) 2019 HTeuMeuLeu",
        "updated": str(data["last_update_date"])[:10],
        "families": data["nicenames"]["family"],
        "platforms": data["nicenames"]["platform"],
        "shares": {"updated": _SHARES_OF, "clients": shares},
    }
    lines = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    rows = sorted(data["data"], key=lambda row: str(row["slug"]))
    features = ",\n".join(f"{_json(row['slug'])}: {_json(_row(row))}" for row in rows)
    return "{\n" + ",\n".join(lines) + ',\n"features": {\n' + features + "\n}\n}\n"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "title": row["title"].strip(),
        "tested": row["last_test_date"],
        "stats": dict(_newest(row["stats"])),
    }
    if row.get("notes_by_num"):
        found["notes"] = row["notes_by_num"]
    return found


def _newest(stats: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The last result of each client: its versions stand in their order."""
    for family, platforms in sorted(stats.items()):
        for platform, versions in sorted(platforms.items()):
            if versions:
                yield f"{family}.{platform}", " ".join(str(list(versions.values())[-1]).split())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
