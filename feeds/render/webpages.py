"""The web app's pages: subscribe, confirm, preferences, unsubscribe, and what went wrong.

Each is a whole HTML document as bytes, in the language of whoever reads it. Pages that people
reach whether or not an address is known say nothing about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from feeds.model import Subscriber
from feeds.render.kit import Kit
from feeds.render.newsletter import name_of
from feeds.render.speaking import choices, speaking

_Links = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Topics:
    """What a publication's talks offer to choose from, sorted."""

    tags: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one publication, in one language."""

    kit: Kit

    def speaking(self, language: str) -> "Pages":
        """The same in another language; the publication's when there is no catalog for it."""
        return Pages(speaking(self.kit, language))

    def style(self) -> bytes:
        """``style.css``, the publication's own where it has one."""
        return self.kit.templates["style.css"].source.encode()

    def form(self, *, wrong: bool = False, email: str = "", language: str = "") -> bytes:
        """The form to subscribe with; ``wrong``: ``email`` is no address, and stands there."""
        words = self.kit.words
        message = words.say("Mail cannot be sent to this address. Write it as ana@example.org.")
        return self._page(
            "web_form.html",
            words.say("Subscribe"),
            languages=choices(self.kit),
            wrong=message if wrong else "",
            email=email,
            language=language,
        )

    def asked(self) -> bytes:
        """What everybody reads who sent the form, the same bytes for each."""
        words = self.kit.words
        return self._notice(
            words.say("Look into your inbox"),
            words.say("A mail is on its way to your address. One click in it, and you are done."),
            words.say("Nothing there after ten minutes? Look among the junk, then try once more."),
        )

    def confirm(self, who: str, token: str) -> bytes:
        """One button; looking at the page changes nothing."""
        words = self.kit.words
        return self._notice(
            words.say("One more click"),
            words.say(
                "%(who)s will receive the weekly mail of %(name)s.", who=who, name=self._name
            ),
            button=(words.say("Yes, subscribe me"), f"confirm/{token}", "confirm"),
        )

    def confirmed(self, choose: str, leave: str) -> bytes:
        """They are in."""
        words = self.kit.words
        return self._notice(
            words.say("You are subscribed"),
            words.say("The next issue of %(name)s comes to you by mail.", name=self._name),
            links=(
                (words.say("Choose what you receive"), choose),
                (words.say("Unsubscribe"), leave),
            ),
        )

    def void(self, *, expired: bool) -> bytes:
        """A link that was good once: too old, or outrun by what the person did since."""
        words = self.kit.words
        old = words.say("It was good for seven days. Ask for a new one; that takes a moment.")
        outrun = words.say(
            "You unsubscribed after this mail was sent. To come back, subscribe again."
        )
        heading = (
            words.say("This link has expired")
            if expired
            else words.say("This link is no longer good")
        )
        return self._notice(heading, old if expired else outrun, links=self._again())

    def leave(self, token: str) -> bytes:
        """One button; looking at the page changes nothing."""
        words = self.kit.words
        return self._notice(
            words.say("Unsubscribe"),
            words.say("One click, and you receive no more mail of %(name)s.", name=self._name),
            button=(words.say("Unsubscribe me"), f"unsubscribe/{token}", "leave"),
            links=((words.say("Stay subscribed"), self.kit.publication.base_url),),
        )

    def left(self, come_back: str) -> bytes:
        """They are out; ``come_back`` is the token that takes it back, or empty."""
        words = self.kit.words
        button = (
            (words.say("Subscribe me again"), f"return/{come_back}", "return")
            if come_back
            else None
        )
        paragraphs = [words.say("You will receive no more mail of %(name)s.", name=self._name)]
        if button:
            paragraphs.append(
                words.say("Was that a mistake? For an hour, one click takes it back.")
            )
        links = () if button else self._again()
        return self._notice(
            words.say("You are unsubscribed"), *paragraphs, button=button, links=links
        )

    def back(self, token: str) -> bytes:
        """The same offer as a page of its own, for whoever loads it again."""
        words = self.kit.words
        return self._notice(
            words.say("Subscribe again"),
            words.say("You unsubscribed a moment ago. One click takes it back."),
            button=(words.say("Subscribe me again"), f"return/{token}", "return"),
        )

    def preferences(
        self, person: Subscriber, who: str, topics: Topics, action: str, leave: str, *, saved: bool
    ) -> bytes:
        """What they want, to be changed."""
        words = self.kit.words
        return self._page(
            "web_preferences.html",
            words.say("Choose what you receive"),
            person=person,
            who=who,
            languages=choices(self.kit),
            groups=(
                ("tag", words.say("These tags only"), topics.tags, person.tags),
                ("event", words.say("These events only"), topics.events, person.events),
            ),
            action=action,
            leave=leave,
            saved=saved,
        )

    def nobody(self) -> bytes:
        """Preferences of somebody who is not subscribed."""
        words = self.kit.words
        text = words.say("To receive the weekly mail again, subscribe.")
        return self._notice(words.say("You are not subscribed"), text, links=self._again())

    def wrong(self, status: int) -> bytes:
        """What HTTP's status codes say, in words."""
        words = self.kit.words
        messages = {
            403: (
                words.say("This form came from another site"),
                words.say("Please use the form here."),
            ),
            404: (
                words.say("There is nothing here"),
                words.say(
                    "The link is not complete, or was never ours. Copy it whole from the mail."
                ),
            ),
            429: (words.say("That was too often"), words.say("Please try again in a few minutes.")),
            500: (
                words.say("Something broke"),
                words.say("It is our mistake. Please try again later."),
            ),
            503: (words.say("Not just now"), words.say("Please try again in a few minutes.")),
        }
        other = (words.say("This cannot be answered"), words.say("Please use the form here."))
        heading, text = messages.get(status, other)
        return self._notice(heading, text, links=self._again())

    @property
    def _name(self) -> str:
        return name_of(self.kit)

    def _again(self) -> _Links:
        return ((self.kit.words.say("Subscribe"), self.kit.publication.mail.web_url + "subscribe"),)

    def _notice(
        self,
        heading: str,
        *paragraphs: str,
        button: tuple[str, str, str] | None = None,
        links: _Links = (),
    ) -> bytes:
        words, path, field = button or ("", "", "")
        return self._page(
            "web_notice.html",
            heading,
            paragraphs=paragraphs,
            button=words,
            action=self.kit.publication.mail.web_url + path,
            field=field,
            links=links,
        )

    def _page(self, template: str, heading: str, **values: object) -> bytes:
        web_url = self.kit.publication.mail.web_url
        return self.kit.render(template, web_url=web_url, heading=heading, **values).encode()
