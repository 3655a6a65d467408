"""One recording → one audio file: copied or encoded, tagged, verified, then in place at once."""

import os
from dataclasses import replace
from pathlib import Path

from feeds.chapters import for_embedding, within
from feeds.edges.shelf import sniffed
from feeds.edges.studio import loudness, tags
from feeds.edges.studio.programs import Programs, Sound, find_programs, listen, reading, run
from feeds.edges.studio.recipe import Recipe
from feeds.errors import WorldError, unwritable
from feeds.recordings import MEDIA_TYPES, AudioFile

# The codec that a container takes unchanged, how else it is encoded, and ffmpeg's muxer for it.
_CODECS = {"m4a": "aac", "mp3": "mp3", "opus": "opus"}
_ENCODERS = {
    "m4a": ("-c:a", "aac", "-b:a", "128k"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "128k"),
    "opus": ("-c:a", "libopus", "-b:a", "64k"),
}
_MUXERS = {
    "m4a": ("-movflags", "+faststart", "-f", "ipod"),
    "mp3": ("-id3v2_version", "0", "-write_xing", "1", "-f", "mp3"),
    "opus": ("-f", "opus"),
}
# Opus knows no other rates (RFC 7845 §5.1), and neither MP3 nor players more than these.
_OPUS_HZ, _MAX_HZ = 48_000, 48_000
_TOLERANCE_S = 1.0
_TRIES = 4


def make(source: Path, folder: Path, recipe: Recipe, programs: Programs | None = None) -> AudioFile:
    """Make ``folder/<recipe.name>.<recipe.format>`` from ``source`` and say what it became.

    The file appears whole, verified, by one rename; on any failure whatever stood there before
    stands there still. Raises WorldError for a source that is cut off or holds no sound, a
    loudness that cannot be reached, a full disk.
    """
    from mutagen import MutagenError

    if recipe.format not in MEDIA_TYPES or recipe.name != Path(recipe.name).name:
        raise ValueError(recipe)
    programs = programs or find_programs()
    target = folder / f"{recipe.name}.{recipe.format}"
    beside = target.with_name(f".{target.name}.{os.getpid()}.making")
    expected_s = _expected_s(source, listen(programs, source), recipe)
    recipe = replace(recipe, chapters=within(recipe.chapters, expected_s))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        heard = _record(programs, source, beside, recipe, expected_s)
        made = _verified(programs, beside, target, recipe, expected_s, heard)
        _keep(beside)
        beside.replace(target)
    except OSError as error:
        raise unwritable(str(target), error, "make room") from error
    except MutagenError as error:
        # It wraps what the disk said.
        cause = next((one for one in (*error.args, error.__cause__) if isinstance(one, OSError)), 0)
        if isinstance(cause, OSError):
            raise unwritable(str(target), cause, "make room") from error
        raise WorldError(str(target), f"cannot be tagged: {error}", "try again") from error
    finally:
        beside.unlink(missing_ok=True)
    return made


def _expected_s(source: Path, sound: Sound, recipe: Recipe) -> float:
    """How long the result has to be; WorldError when the source does not reach that far."""
    whole_s = sound.duration_s
    said_s = max(sound.said_s, recipe.duration_s or 0.0)
    # YouTube rounds to whole seconds; a container's head counts pictures as well.
    if whole_s < said_s - max(2 * _TOLERANCE_S, 0.005 * said_s):
        cause = f"ends after {whole_s:.1f} of {said_s:.1f} seconds"
        raise WorldError(str(source), cause, "fetch it again")
    start_s, end_s = recipe.start_s or 0.0, min(recipe.end_s or whole_s, whole_s)
    if end_s - start_s < _TOLERANCE_S:
        cause = f"is {whole_s:.1f} seconds long; nothing is left from {start_s:.1f} s on"
        raise WorldError(str(source), cause, "correct audio.start and audio.end of the talk")
    return end_s - start_s


def _record(
    programs: Programs, source: Path, beside: Path, recipe: Recipe, expected_s: float
) -> loudness.Loudness | None:
    """Write the sound, levelled when that is recipe; gives how loud it came out then."""
    sound = listen(programs, source)
    encoder, rate_hz = _ENCODERS[recipe.format], min(sound.rate_hz, _MAX_HZ)
    if recipe.format == "opus":
        rate_hz = _OPUS_HZ
    copied = ("-c:a", "copy") if sound.codec == _CODECS[recipe.format] else None
    plain = copied or (*encoder, "-ar", str(rate_hz))
    if not recipe.loudness:
        _write(programs, source, beside, recipe, plain, expected_s)
        return None
    heard = loudness.measure(programs, source, recipe.start_s, recipe.end_s)
    if heard.is_right:
        _write(programs, source, beside, recipe, plain, expected_s)
        if (found := loudness.measure(programs, beside)).is_right:
            return found
    level = loudness.first_level(heard)
    for _ in range(_TRIES):
        arguments = ("-af", level.filters(rate_hz), *encoder)
        _write(programs, source, beside, recipe, arguments, expected_s)
        heard = loudness.measure(programs, beside)
        if heard.is_right:
            return heard
        level = level.after(heard)
    cause = f"came out at {heard.integrated_lufs:.1f} LUFS and {heard.true_peak_dbtp:.1f} dBTP"
    raise WorldError(str(source), cause, "switch loudness off for it")


def _write(
    programs: Programs,
    source: Path,
    beside: Path,
    recipe: Recipe,
    codec: tuple[str, ...],
    expected_s: float,
) -> None:
    """One run of ffmpeg, then the tags. Nothing of the source's own metadata comes along."""
    chapters = for_embedding(recipe.chapters)
    arguments = reading(source, recipe.start_s, recipe.end_s)
    given = b""
    if chapters and recipe.format == "m4a":
        given = tags.ffmetadata(chapters, expected_s)
        arguments += ["-protocol_whitelist", "pipe", "-f", "ffmetadata", "-i", "pipe:0"]
        arguments += ["-map_chapters", "1"]
    else:
        arguments += ["-map_chapters", "-1"]
    arguments += ["-map", "0:a:0", "-map_metadata:g", "-1", "-map_metadata:s:a", "-1"]
    arguments += ["-fflags", "+bitexact", "-flags:a", "+bitexact", *codec]
    run(programs, [*arguments, *_MUXERS[recipe.format], f"file:{beside}"], beside, given)
    tags.write(beside, recipe, chapters, expected_s)


def _verified(
    programs: Programs,
    beside: Path,
    target: Path,
    recipe: Recipe,
    expected_s: float,
    heard: loudness.Loudness | None,
) -> AudioFile:
    """What the finished file says of itself; WorldError when that is not what was recipe."""
    import mutagen

    sound = listen(programs, beside)
    with beside.open("rb") as file:
        media_type = sniffed(file.read(64))
    try:
        info = getattr(mutagen.File(beside), "info", None)
    except mutagen.MutagenError as error:
        raise WorldError(str(target), f"came out damaged: {error}", "try again") from error
    said_s = float(getattr(info, "length", 0.0))
    if media_type != MEDIA_TYPES[recipe.format]:
        raise WorldError(str(target), "came out in another container", "try again")
    for found_s in (sound.duration_s, said_s):
        if abs(found_s - expected_s) > _TOLERANCE_S:
            cause = f"came out {found_s:.1f} seconds long instead of {expected_s:.1f}"
            raise WorldError(str(target), cause, "fetch the recording again")
    return AudioFile(
        name=target.name,
        size_bytes=beside.stat().st_size,
        media_type=media_type,
        duration_s=round(said_s, 3),
        made_from=recipe.made_from,
        loudness_lufs=heard.integrated_lufs if heard else None,
        true_peak_dbtp=heard.true_peak_dbtp if heard else None,
        chapters=recipe.chapters,
    )


def _keep(path: Path) -> None:
    """Have the bytes on the disk before the name is: a sidecar will say that they are."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sweep(target: Path) -> None:
    """Remove what makers of this file left that are no more."""
    for left in target.parent.glob(f".{target.name}.*.making"):
        owner = left.name.split(".")[-2]
        if owner.isdigit() and not _runs(int(owner)):
            left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
