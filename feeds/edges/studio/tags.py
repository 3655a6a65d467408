"""Title, speakers, event, cover and chapters in the file itself: MP4, ID3 and Vorbis comments."""

import base64
from collections.abc import Sequence
from pathlib import Path

from feeds.recordings import Chapter, Wanted
from feeds.text import one_line

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


def write(path: Path, wanted: Wanted, chapters: Sequence[Chapter], duration_s: float) -> None:
    """Tag a finished file in place. Chapters of an MP4 stand in it already."""
    tag = {"m4a": _tag_mp4, "mp3": _tag_id3, "opus": _tag_opus}[wanted.format]
    tag(path, wanted, chapters, duration_s)


def _tag_mp4(path: Path, wanted: Wanted, _chapters: Sequence[Chapter], _duration_s: float) -> None:
    from mutagen.mp4 import MP4, MP4Cover

    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    tags = file.tags
    names = {
        "\xa9nam": wanted.title,
        "\xa9ART": ", ".join(wanted.speakers),
        "\xa9alb": wanted.event,
        "\xa9day": wanted.date,
        "\xa9cmt": wanted.url,
        "cprt": wanted.license,
    }
    for key, value in names.items():
        if line := one_line(value):
            tags[key] = [line]
    if kind := _kind(wanted.cover):
        form = MP4Cover.FORMAT_PNG if kind == "image/png" else MP4Cover.FORMAT_JPEG
        tags["covr"] = [MP4Cover(wanted.cover, form)]
    file.save()


def _tag_id3(path: Path, wanted: Wanted, chapters: Sequence[Chapter], duration_s: float) -> None:
    from mutagen import id3

    tags = id3.ID3()
    texts = {
        id3.TIT2: wanted.title,
        id3.TPE1: ", ".join(wanted.speakers),
        id3.TALB: wanted.event,
        id3.TDRC: wanted.date,
        id3.TCOP: wanted.license,
    }
    for frame, value in texts.items():
        if line := one_line(value):
            tags.add(frame(encoding=3, text=[line]))
    if wanted.url:
        tags.add(id3.WOAS(url=wanted.url))
    if kind := _kind(wanted.cover):
        tags.add(id3.APIC(encoding=3, mime=kind, type=3, desc="", data=wanted.cover))
    ends = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    names = [f"chp{number}" for number in range(len(chapters))]
    for name, chapter, end_s in zip(names, chapters, ends, strict=False):
        title = id3.TIT2(encoding=3, text=[chapter.title])
        times = {"start_time": round(chapter.start_s * 1000), "end_time": round(end_s * 1000)}
        # 0xFFFFFFFF: the offsets in bytes are not given (ID3v2 Chapter Frame Addendum §3.1).
        offsets = {"start_offset": 0xFFFFFFFF, "end_offset": 0xFFFFFFFF}
        tags.add(id3.CHAP(element_id=name, **times, **offsets, sub_frames=[title]))
    if chapters:
        flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
        tags.add(id3.CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[]))
    # Not version 2.4: its readers disagree on how the sizes of frames within CHAP are counted.
    tags.update_to_v23()
    tags.save(path, v2_version=3)


def _tag_opus(path: Path, wanted: Wanted, chapters: Sequence[Chapter], _duration_s: float) -> None:
    from mutagen.flac import Picture
    from mutagen.oggopus import OggOpus

    file = OggOpus(path)
    file.tags.clear()
    names = {
        "title": [wanted.title],
        "artist": list(wanted.speakers),
        "album": [wanted.event],
        "date": [wanted.date],
        "contact": [wanted.url],
        "license": [wanted.license],
    }
    for key, values in names.items():
        if lines := [line for value in values if (line := one_line(value))]:
            file[key] = lines
    for number, chapter in enumerate(chapters):
        hours, rest = divmod(round(chapter.start_s * 1000), 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        file[f"chapter{number:03}"] = f"{hours:02}:{minutes:02}:{rest / 1000:06.3f}"
        file[f"chapter{number:03}name"] = chapter.title
    if kind := _kind(wanted.cover):
        picture = Picture()
        picture.type, picture.mime, picture.data = 3, kind, wanted.cover
        file["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    file.save()


def _kind(cover: bytes) -> str:
    """The media type of a cover that players show; empty for none."""
    if cover.startswith(_JPEG):
        return "image/jpeg"
    return "image/png" if cover.startswith(_PNG) else ""


def _escaped(title: str) -> str:
    # ffmpeg takes any backslash at a line's end for one that joins the next line to it.
    title = title.rstrip("\\ ")
    return "".join(f"\\{char}" if char in "=;#\\" else char for char in title)
