"""Title, speakers, event, cover and chapters in the file itself: MP4, ID3 and Vorbis comments."""

import base64
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from feeds.edges.studio.recipe import Recipe
from feeds.recordings import Chapter
from feeds.text import one_line

_ID3_HEADER_BYTES = 10
_PNG = b"\x89PNG"
_JPEG = b"\xff\xd8\xff"


def ffmetadata(chapters: Sequence[Chapter], duration_s: float) -> bytes:
    """Chapters in ffmpeg's own form: the muxer of MP4 writes them, mutagen only reads them."""
    lines = [";FFMETADATA1"]
    ends = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    for chapter, end_s in zip(chapters, ends, strict=True):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000"]
        lines += [f"START={chapter.start_s * 1000:.0f}", f"END={end_s * 1000:.0f}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return ("\n".join(lines) + "\n").encode()


def write(path: Path, recipe: Recipe, chapters: Sequence[Chapter], duration_s: float) -> None:
    """Tag a finished file in place. Chapters of an MP4 stand in it already."""
    tag = {"m4a": _tag_mp4, "mp3": _tag_id3, "opus": _tag_opus}[recipe.format]
    tag(path, recipe, chapters, duration_s)


def _tag_mp4(path: Path, recipe: Recipe, _chapters: Sequence[Chapter], _duration_s: float) -> None:
    from mutagen.mp4 import MP4, MP4Cover

    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    tags = file.tags
    names = {
        "\xa9nam": recipe.title,
        "\xa9ART": ", ".join(recipe.speakers),
        "\xa9alb": recipe.event,
        "\xa9day": recipe.date,
        "\xa9cmt": recipe.url,
        "cprt": recipe.license,
    }
    for key, value in names.items():
        if line := one_line(value):
            tags[key] = [line]
    if kind := _kind(recipe.cover):
        form = MP4Cover.FORMAT_PNG if kind == "image/png" else MP4Cover.FORMAT_JPEG
        tags["covr"] = [MP4Cover(recipe.cover, form)]
    file.save()


def _tag_id3(path: Path, recipe: Recipe, chapters: Sequence[Chapter], duration_s: float) -> None:
    from mutagen import id3

    tags = id3.ID3()
    texts = {
        id3.TIT2: recipe.title,
        id3.TPE1: ", ".join(recipe.speakers),
        id3.TALB: recipe.event,
        id3.TDRC: recipe.date,
        id3.TCOP: recipe.license,
    }
    for frame, value in texts.items():
        if line := one_line(value):
            tags.add(frame(encoding=3, text=[line]))
    if recipe.url:
        tags.add(id3.WOAS(url=recipe.url))
    if kind := _kind(recipe.cover):
        tags.add(id3.APIC(encoding=3, mime=kind, type=3, desc="", data=recipe.cover))
    ends = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    names = [f"chp{number}" for number in range(len(chapters))]
    # One by one, because mutagen writes the frames of a tag in the order of their sizes, and
    # ffmpeg lists chapters as they stand.
    frames = [_frames(*tags.values())]
    for name, chapter, end_s in zip(names, chapters, ends, strict=False):
        title = id3.TIT2(encoding=3, text=[chapter.title])
        times = {"start_time": round(chapter.start_s * 1000), "end_time": round(end_s * 1000)}
        # 0xFFFFFFFF: the offsets in bytes are not given (ID3v2 Chapter Frame Addendum §3.1).
        offsets = {"start_offset": 0xFFFFFFFF, "end_offset": 0xFFFFFFFF}
        frames.append(_frames(id3.CHAP(element_id=name, **times, **offsets, sub_frames=[title])))
    if chapters:
        flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
        toc = id3.CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[])
        frames.append(_frames(toc))
    _put_before(path, b"".join(frames))


def _frames(*found: Any) -> bytes:
    """Frames in the form of ID3v2.3, without a tag's header.

    Not version 2.4: its readers disagree on how the sizes of frames within CHAP are counted.
    """
    from mutagen import id3

    tags, written = id3.ID3(), io.BytesIO()
    for frame in found:
        tags.add(frame)
    if not found:
        return b""
    tags.update_to_v23()
    tags.save(written, v1=0, v2_version=3, padding=lambda _info: 0)
    return written.getvalue()[_ID3_HEADER_BYTES:]


def _put_before(path: Path, frames: bytes) -> None:
    """A tag of these frames before the sound (ID3v2.3 §3.1: seven bits a byte for the size)."""
    if not frames:
        return
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    beside = path.with_name(f"{path.name}.tmp")
    try:
        with path.open("rb") as sound, beside.open("wb") as whole:
            whole.write(b"ID3\x03\0\0" + size + frames)
            shutil.copyfileobj(sound, whole)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _tag_opus(path: Path, recipe: Recipe, chapters: Sequence[Chapter], _duration_s: float) -> None:
    from mutagen.flac import Picture
    from mutagen.oggopus import OggOpus

    file = OggOpus(path)
    file.tags.clear()
    names = {
        "title": [recipe.title],
        "artist": list(recipe.speakers),
        "album": [recipe.event],
        "date": [recipe.date],
        "contact": [recipe.url],
        "license": [recipe.license],
    }
    for key, values in names.items():
        if lines := [line for value in values if (line := one_line(value))]:
            file[key] = lines
    for number, chapter in enumerate(chapters):
        hours, rest = divmod(round(chapter.start_s * 1000), 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        file[f"chapter{number:03}"] = f"{hours:02}:{minutes:02}:{rest / 1000:06.3f}"
        file[f"chapter{number:03}name"] = chapter.title
    if kind := _kind(recipe.cover):
        picture = Picture()
        picture.type, picture.mime, picture.data = 3, kind, recipe.cover
        file["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    file.save()


def _kind(cover: bytes) -> str:
    """The media type of a cover that players show; empty for none."""
    if cover.startswith(_JPEG):
        return "image/jpeg"
    return "image/png" if cover.startswith(_PNG) else ""


def _escaped(title: str) -> str:
    # ffmpeg takes any backslash at a line's end for one that joins the next line to it.
    # One of nothing else gets a look-alike: U+29F5.
    title = title.rstrip("\\ ") or title.replace("\\", "\u29f5")
    return "".join(f"\\{char}" if char in "=;#\\" else char for char in title)
