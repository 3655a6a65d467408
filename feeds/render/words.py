"""Words, dates, numbers and plurals in a publication's language.

gettext catalogs (``.po`` texts) read by Babel, dates and lists from its CLDR data. A
language without a catalog speaks English, dates included: half a translation reads worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache
from io import BytesIO
from typing import Any

from feeds.model import Issue, Talk, Week


@dataclass(frozen=True)
class Words:
    """One language: ``tag`` is BCP 47, ``catalogs`` the ``.po`` texts by language."""

    tag: str
    catalogs: Mapping[str, str] = field(hash=False, default_factory=dict)

    @cached_property
    def language(self) -> str:
        """The language that is spoken: ``tag``'s own when there is a catalog, else ``en``."""
        primary = self.tag.split("-")[0].lower()
        return primary if primary in self.catalogs else "en"

    @cached_property
    def locale(self) -> Any:
        """Babel's Locale: with the tag's region when CLDR has it (``es-MX``)."""
        from babel import Locale, UnknownLocaleError

        if self.tag.split("-")[0].lower() == self.language:
            try:
                return Locale.parse(self.tag, sep="-")
            except (ValueError, UnknownLocaleError):
                pass  # a region or variant that CLDR does not have: the language alone
        return Locale.parse(self.language)

    @cached_property
    def translations(self) -> Any:
        """Babel's Translations for jinja2's i18n extension."""
        from babel.support import NullTranslations

        if self.language not in self.catalogs:
            return NullTranslations()
        return _translations(self.language, self.catalogs[self.language])

    def say(self, message: str, **values: object) -> str:
        """``message`` translated, its ``%(name)s`` filled in."""
        found = self._said.get(message)
        if found is None:
            # In a catalog the empty message is its head.
            found = str(self.translations.gettext(message)) if message else ""
            self._said[message] = found
        return found % values if values else found

    @cached_property
    def _said(self) -> dict[str, str]:
        """Messages as they were said: a few, for every talk."""
        return {}

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The plural that ``number`` wants; ``%(num)s`` is the number as people write it."""
        found = str(self.translations.ngettext(one, many, number))
        return found % {"num": self.number(number), **values}

    def number(self, value: int) -> str:
        """12,345 as this locale groups its digits."""
        if 0 <= value < 1_000:  # nothing to group; overviews have thousands of these
            return str(value)
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=self.locale))

    def compact(self, value: int) -> str:
        """Short where it is long: 950, 12,345 → ``12.3 k``, 1,500,000 → ``1.5 M``."""
        if value < 10_000:
            return self.number(value)
        from babel.numbers import format_compact_decimal

        return str(format_compact_decimal(value, fraction_digits=1, locale=self.locale))

    def day(self, when: date) -> str:
        """``jueves, 7 de diciembre de 2017``."""
        return _dated(when, "full", self.locale)

    def short_day(self, when: date) -> str:
        """``7 dic 2017``."""
        return _dated(when, "medium", self.locale)

    def week(self, week: Week) -> str:
        """``Semana del 4 al 10 de diciembre de 2017``: no more of the dates than differs."""
        if self.language == "en":
            return self.say("Week of %(span)s", span=self._interval(week.monday, week.sunday))
        start, end = self._from_to(week.monday, week.sunday)
        return self.say("Week of %(start)s to %(end)s", start=start, end=end)

    def span(self, first: date, last: date) -> str:
        """``6 de diciembre de 2017``, ``del 6 al 8 de diciembre de 2017``."""
        from babel.dates import format_date

        if first == last:
            return str(format_date(first, "long", locale=self.locale))
        if self.language == "en":
            return self._interval(first, last)
        start, end = self._from_to(first, last)
        return self.say("%(start)s to %(end)s", start=start, end=end)

    def _interval(self, first: date, last: date) -> str:
        from babel.dates import format_interval

        return str(format_interval(first, last, "yMMMMd", locale=self.locale))

    def _from_to(self, first: date, last: date) -> tuple[str, str]:
        """Two days as they stand in a sentence: the first without what the last one says."""
        from babel.dates import format_date, format_skeleton

        if first.year != last.year:
            start = str(format_date(first, "long", locale=self.locale))
        else:
            skeleton = "d" if first.month == last.month else "MMMMd"
            start = str(format_skeleton(skeleton, first, locale=self.locale))
        return start, str(format_date(last, "long", locale=self.locale))

    def month(self, when: date) -> str:
        """``diciembre``."""
        from babel.dates import format_date

        return str(format_date(when, "LLLL", locale=self.locale))

    def duration(self, duration_s: float) -> str:
        """``34 min``, ``1 h 4 min``: to the nearest minute, and at least one.

        With the symbols that every language shares (BIPM, SI brochure §4): CLDR's short forms
        give "1 horas" in Mexico.
        """
        hours, minutes = divmod(max(1, int(duration_s / 60 + 0.5)), 60)
        parts = ((hours, "h"), (minutes, "min"))
        return " ".join(f"{self.number(value)} {unit}" for value, unit in parts if value)

    def with_duration(self, what: str, duration_s: float | None) -> str:
        """``Video (34 min)``; ``what`` alone where the duration is not known."""
        return f"{what} ({self.duration(duration_s)})" if duration_s else what

    def talks(self, number: int) -> str:
        """``11 pláticas``."""
        return self.count("%(num)s talk", "%(num)s talks", number)

    def tongue(self, tag: str) -> str:
        """The name of a language (BCP 47): ``inglés``; the tag itself where CLDR has none."""
        from babel import Locale, UnknownLocaleError

        try:
            return str(Locale.parse(tag, sep="-").get_display_name(self.locale) or tag)
        except (ValueError, UnknownLocaleError):
            return tag

    def summary(self, issue: Issue) -> str:
        """How much happened: ``Esta semana hubo 11 pláticas``."""
        return self.count("%(num)s talk this week", "%(num)s talks this week", len(issue.talks))

    def kind(self, talk: Talk) -> str:
        """The talk's kind as a label; empty for a plain talk."""
        return "" if talk.kind == "talk" else self.say(talk.kind)

    def level(self, talk: Talk) -> str:
        """The talk's level as a label; empty when unknown."""
        return self.say(talk.level) if talk.level else ""

    def event_day(self, label: str) -> str:
        """``Día 2`` for ``2``; other labels stay as written."""
        return self.say("Day %(number)s", number=label) if label.isdecimal() else label


@lru_cache(maxsize=256)  # the talks of one day stand beside each other
def _dated(when: date, form: str, locale: Any) -> str:
    from babel.dates import format_date

    return str(format_date(when, form, locale=locale))


@cache
def _translations(language: str, source: str) -> Any:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.encode()), locale=language))
    compiled.seek(0)
    return Translations(compiled)
