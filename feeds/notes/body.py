"""What stands below a talk's heading: its abstract, its links, its notes.

A section may hold more than one talk, where somebody left a heading out: a new fence with
new links below it, or new links to both slides and recording, after the notes of the first.
"""

from dataclasses import dataclass, field

from feeds.notes import words
from feeds.notes.links import Found, leading_link, read_links
from feeds.notes.outline import Fence, Outline, Source, fence_marker
from feeds.notes.shelf import Shelf
from feeds.text import shortened


@dataclass(frozen=True, slots=True)
class Say:
    """Something to tell about the lines ``[start, end)``."""

    start: int
    end: int
    message: str


@dataclass(slots=True)
class Part:
    """The lines ``[start, end)`` of one talk, taken apart. ``kept`` are those of its notes."""

    start: int
    end: int
    abstract: str = ""
    shelf: Shelf = field(default_factory=Shelf)
    kept: list[int] = field(default_factory=list)
    has_notes: bool = False
    has_links: bool = False
    says: list[Say] = field(default_factory=list)

    def say(self, start: int, message: str, end: int = 0) -> None:
        """Note something down for the report."""
        self.says.append(Say(start, end or start + 1, message))

    def notes(self, source: Source) -> str:
        """The kept lines with the blank ones between them; one blank line for a gap.

        Word for word but for blanks at the very end, which no talk file keeps.
        """
        lines: list[str] = []
        previous = -1
        for index in self.kept:
            between = range(previous + 1, index) if lines else range(0)
            if all(source.blank[gap] for gap in between):
                lines += [source.text[gap] for gap in between]
            else:
                lines.append("")
            lines.append(source.text[index])
            previous = index
        return "\n".join(lines).rstrip()


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines without a blank one between them, and the links of each that is nothing else.

    ``pure`` counts from the end: how many of the last lines are links.
    """

    start: int
    links: list[tuple[Found, ...]]
    pure: int

    @property
    def end(self) -> int:
        return self.start + len(self.links)

    @property
    def leading(self) -> list[Found]:
        """The links of the lines that it starts with."""
        found: list[Found] = []
        for links in self.links:
            if not links:
                break
            found += links
        return found

    @property
    def is_links(self) -> bool:
        """Whether it is nothing but links, one of them to the slides or the recording."""
        return self.pure == len(self.links) and bool(_sorts(self.leading))

    @property
    def known_tail(self) -> int:
        """How many of its last lines link to nothing but slides and recordings."""
        count = 0
        for links in reversed(self.links):
            if not links or not all(found.known for found in links):
                break
            count += 1
        return count


@dataclass(frozen=True, slots=True)
class _Comment:
    """An HTML comment on the lines ``[start, end)``: kept among the notes, word for word."""

    start: int
    end: int


_Block = Fence | _Paragraph | _Comment


def read_body(source: Source, outline: Outline, start: int, end: int) -> list[Part]:
    """The talks on the lines ``[start, end)``, at least one; a heading is not among them."""
    return _Body(source, outline, start, end).read()


def has_links(source: Source, outline: Outline, start: int, end: int) -> bool:
    """Whether a line in ``[start, end)`` links to slides or a recording, and to nothing else."""
    return any(
        _sorts(read_links(source.text[index]))
        for index in range(start, end)
        if index not in outline.hidden
    )


def _sorts(links: list[Found] | tuple[Found, ...]) -> set[str]:
    return {found.sort for found in links if found.known}


def _is_links(block: _Block) -> bool:
    return isinstance(block, _Paragraph) and block.is_links


def _blocks(source: Source, outline: Outline, start: int, end: int) -> list[_Block]:
    blocks: list[_Block] = []
    index = start
    while index < end:
        fence = outline.fence_at.get(index)
        if fence:
            blocks.append(fence)
            index = fence.end
        elif index in outline.comment_at:
            blocks.append(_Comment(index, outline.comment_at[index]))
            index = outline.comment_at[index]
        elif source.blank[index]:
            index += 1
        else:
            first = index
            while index < end and not source.blank[index]:
                if index in outline.fence_at or index in outline.comment_at:
                    break
                index += 1
            links = [read_links(line) for line in source.text[first:index]]
            rest = next((n for n, found in enumerate(reversed(links)) if not found), len(links))
            blocks.append(_Paragraph(first, links, rest))
    return blocks


class _Body:
    """Goes through the blocks of a section, once; ``parts`` grows."""

    def __init__(self, source: Source, outline: Outline, start: int, end: int) -> None:
        self._source, self._outline, self._end = source, outline, end
        self._blocks = _blocks(source, outline, start, end)
        self._ahead = self._sorts_ahead()
        of_links = [n for n, block in enumerate(self._blocks) if _is_links(block)]
        self._last_links = of_links[-1] if of_links else -1
        self._parts = [Part(start, end)]

    @property
    def _part(self) -> Part:
        return self._parts[-1]

    def read(self) -> list[Part]:
        for number, block in enumerate(self._blocks):
            if isinstance(block, Fence):
                self._fence(number, block)
            elif isinstance(block, _Comment):
                # Neither notes nor links: what stands below it still is what it was.
                self._part.kept += self._source.filled(block.start, block.end)
            else:
                self._paragraph(number, block)
        return self._parts

    def _sorts_ahead(self) -> list[set[str]]:
        """For each block what its links name, with those of the link blocks right after it."""
        ahead: list[set[str]] = []
        following: set[str] = set()
        for block in reversed(self._blocks):
            if isinstance(block, _Comment):
                ahead.append(following)
                continue
            sorts = set() if isinstance(block, Fence) else _sorts(block.leading)
            ahead.append(sorts | following if _is_links(block) else sorts)
            following = ahead[-1] if _is_links(block) else set()
        return ahead[::-1]

    def _new_part(self, start: int) -> None:
        self._part.end = start
        self._parts.append(Part(start, self._end))

    def _fence(self, number: int, fence: Fence) -> None:
        source = self._source
        empty = all(source.blank[index] for index in fence.inside)
        if self._opens_talk(number, fence, empty=empty):
            self._new_part(fence.start)
        part = self._part
        if not fence.closed:
            message = "fence: it is never closed; it was taken to end before the next talk"
            part.say(fence.start, message)
        if empty and not fence.info:
            part.say(fence.start, "abstract: none here (empty fence)", fence.end)
        elif part.has_notes or part.abstract or fence.info:
            part.kept += source.filled(fence.start, fence.end)
            part.has_notes = True
        else:
            lines = [source.text[index].rstrip(" \t") for index in fence.inside]
            part.abstract = "\n".join(lines).strip("\n").rstrip()

    def _opens_talk(self, number: int, fence: Fence, *, empty: bool) -> bool:
        """Whether a fence after notes is the abstract of another talk: links follow it."""
        part = self._part
        follows = number + 1 < len(self._ahead) and bool(self._ahead[number + 1])
        return part.has_notes and not fence.info and follows and (empty or part.has_links)

    def _paragraph(self, number: int, block: _Paragraph) -> None:
        index = block.start
        if self._part.has_notes:
            index = self._links_after_notes(number, block)
        if not self._part.has_notes:
            index = self._before_notes(block)
        # Links among notes are the talk's only where it has no others.
        fills = not self._part.has_links and number > self._last_links
        tail = block.end - block.known_tail if number == len(self._blocks) - 1 else block.end
        for line in range(index, block.end):
            links = block.links[line - block.start]
            if links and (line >= tail or (fills and all(found.known for found in links))):
                self._link(line, links)
            else:
                self._note(line, links)

    def _links_after_notes(self, number: int, block: _Paragraph) -> int:
        """Takes the links that a paragraph after notes starts with; gives the line after them."""
        part, leading = self._part, block.leading
        both = self._ahead[number] >= {words.SLIDES, words.RECORDING}
        if both and part.has_links and not all(part.shelf.holds(found) for found in leading):
            self._new_part(block.start)
            return block.start
        if not both and not block.is_links:
            return block.start
        index = block.start
        while index < block.end and block.links[index - block.start]:
            self._link(index, block.links[index - block.start])
            index += 1
        return index

    def _before_notes(self, block: _Paragraph) -> int:
        """Takes links and labels up to the first line of notes; gives that line."""
        index, accepted = block.start, False
        while index < block.end:
            links = block.links[index - block.start]
            if links:
                accepted = accepted or bool(_sorts(links)) or index >= block.end - block.pure
                if not accepted:
                    return index
                self._link(index, links)
                index += 1
                continue
            accepted = False
            after = self._label(index)
            if after == index:
                return index
            index = after
        return index

    def _label(self, index: int) -> int:
        """The line after the label ("Notas:", "### Links") at ``index``; itself if it is none."""
        source = self._source
        head = self._outline.head_at.get(index)
        text = head.text if head else source.text[index]
        label = words.SECTION_LABELS.get(words.label(text), "")
        after = head.end if head else index + 1
        if not label or (label != words.NOTES and not self._introduces(label, after)):
            return index
        message = f"label: “{shortened(text.strip(), 80)}” was left out; it introduces the {label}"
        self._part.say(index, message, after)
        return after

    def _introduces(self, label: str, after: int) -> bool:
        following = after
        while following < self._end and self._source.blank[following]:
            following += 1
        if following >= self._end:
            return False
        line = self._source.text[following]
        if label == words.ABSTRACT:
            return fence_marker(line) is not None
        return bool(read_links(line))

    def _link(self, index: int, links: tuple[Found, ...]) -> None:
        part = self._part
        results = [part.shelf.put(found) for found in links]
        for _, remarks in results:
            for remark in remarks:
                part.say(index, remark)
        if not all(understood for understood, _ in results):
            part.kept.append(index)
        part.has_links = part.has_links or bool(_sorts(links))

    def _note(self, index: int, links: tuple[Found, ...]) -> None:
        part = self._part
        part.has_notes = True
        part.kept.append(index)
        leading = links or (leading_link(self._source.text[index]) or ())[:1]
        for sort in sorted(_sorts(leading)):
            part.say(index, f"{sort}: the link stands among the notes and was left there")
