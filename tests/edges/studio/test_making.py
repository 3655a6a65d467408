"""Audio files are made, read back by mutagen and by ffprobe, and never left in place half made."""

import hashlib
import io
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import mutagen
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from PIL import Image

from feeds.edges.studio import Studio, find_programs, make, verify
from feeds.edges.studio.loudness import measure
from feeds.edges.studio.recipe import Recipe
from feeds.errors import WorldError
from feeds.recordings import AudioFile, Chapter
from tests.edges.studio.conftest import Sound, chapters_of, probed

_CHAPTERS = (
    Chapter(0, "Begrüßung = ; # \\"),
    Chapter(3.25, "ñ" * 200),
    Chapter(6, "日本語 🎙"),
)


def _cover() -> bytes:
    found = io.BytesIO()
    Image.new("RGB", (30, 30), "#2a47b8").save(found, "JPEG")
    return found.getvalue()


def _recipe(format: str = "m4a", **changes: object) -> Recipe:
    found = Recipe(
        name="dQw4w9WgXcQ",
        format=format,
        made_from="a fingerprint",
        duration_s=9.0,
        title="Título de la charla",
        speakers=("Ana Pérez", "Zoë"),
        event="KubeCon 2017",
        date="2017-12-07",
        url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        license="CC-BY-4.0",
        chapters=_CHAPTERS,
        cover=_cover(),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


Made = Callable[[str], tuple[AudioFile, Path]]


@pytest.fixture(scope="module")
def made(sounds: Sound, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A format → what ``make`` says of a talk in it, and the file, to look at and no more."""

    @cache
    def of(format: str) -> tuple[AudioFile, Path]:
        folder = tmp_path_factory.mktemp(format)
        audio = make(sounds("talk.m4a"), folder, _recipe(format))
        assert [path.name for path in folder.iterdir()] == [audio.name], "nothing is left beside it"
        return audio, folder / audio.name

    return of


def _packets(file: Path) -> str:
    """A digest of the sound as it is encoded, whatever the container says around it."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(file),
        "-map",
        "0:a",
        "-c",
        "copy",
        "-f",
        "md5",
        "-",
    ]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_ffmpeg_that_does_not_run_is_told_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'boom: no such library' >&2; exit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(WorldError, match=r"is broken \(exit status 127\): boom") as caught:
        Studio(tmp_path).check()
    assert caught.value.subject == str(program)


def test_kill_9_ends_what_it_had_started(tmp_path: Path) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("NOT TESTED: setpriv is not installed (apt-get install util-linux)")
    pipe, program = tmp_path / "pipe", tmp_path / "ffmpeg"
    os.mkfifo(pipe)
    program.write_text(f"#!/bin/sh\nexec 3>{pipe}\necho here >&3\nexec sleep 60\n")
    program.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from feeds.edges.studio.programs import *;"
        "run(Programs(sys.argv[1]), [], Path('x'))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, program])
    with pipe.open("rb", buffering=0) as heard:
        assert heard.read(5) == b"here\n"
        parent.kill()
        parent.wait()
        # Its end of the pipe closes when it is gone.
        assert select.select([heard], [], [], 20)[0]
        assert heard.read(1) == b""


def test_a_disk_that_fills_up_is_named_as_such(sounds: Sound, tmp_path: Path) -> None:
    source, limit = sounds("x.m4a"), 20_000
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from pathlib import Path; from feeds.errors import FullDiskError;"
        "from feeds.edges.studio import Recipe, make\n"
        "try: make(Path(sys.argv[1]), Path(sys.argv[2]), Recipe(name='x', format='m4a',"
        " title='x', made_from=''))\n"
        "except FullDiskError as error: print(error.cause)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, source, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.stdout == "cannot be written: file too large\n", done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["m4a", "mp3", "opus"])
def test_what_is_made_is_what_the_sidecar_says(made: Made, format: str) -> None:
    audio, path = made(format)
    found = probed(path)
    assert audio.name == f"dQw4w9WgXcQ.{format}"
    assert audio.size_bytes == path.stat().st_size == int(found["format"]["size"])
    assert abs(audio.duration_s - 9) <= 1
    assert abs(float(found["format"]["duration"]) - audio.duration_s) <= 0.1
    assert abs(mutagen.File(path).info.length - audio.duration_s) <= 0.1
    assert audio.made_from == "a fingerprint"
    assert verify(path, audio)


@pytest.mark.parametrize(
    "format", ["m4a", *(pytest.param(one, marks=pytest.mark.slow) for one in ("mp3", "opus"))]
)
def test_the_same_makes_the_same_bytes(sounds: Sound, tmp_path: Path, format: str) -> None:
    source = sounds("talk.m4a")
    one = make(source, tmp_path / "one", _recipe(format))
    two = make(source, tmp_path / "two", _recipe(format))
    assert one == two
    assert _digest(tmp_path / "one" / one.name) == _digest(tmp_path / "two" / two.name)


@pytest.mark.parametrize("format", ["m4a", "mp3", "opus"])
def test_chapters_are_read_back_by_ffprobe_with_their_starts_and_whole_characters(
    made: Made, format: str
) -> None:
    _, path = made(format)
    found = chapters_of(path)
    assert [start for start, _ in found] == [0, 3.25, 6]
    titles = [title for _, title in found]
    assert titles[0].rstrip("\\ ") == "Begrüßung = ; #"
    assert titles[1] == "ñ" * 127  # 254 of 255 bytes: a character is not cut
    assert titles[2] == "日本語 🎙"


def test_an_m4a_starts_at_once_and_keeps_the_sound_as_it_was(sounds: Sound, made: Made) -> None:
    source = sounds("talk.m4a")
    _, path = made("m4a")
    data = path.read_bytes()
    assert data[4:12] == b"ftypM4A "
    assert data.index(b"moov") < data.index(b"mdat")

    assert _packets(path) == _packets(source)


def test_the_tags_of_an_m4a_are_read_back(made: Made) -> None:
    file = MP4(made("m4a")[1])
    assert file["\xa9nam"] == ["Título de la charla"]
    assert file["\xa9ART"] == ["Ana Pérez, Zoë"]
    assert file["\xa9alb"] == ["KubeCon 2017"]
    assert file["\xa9day"] == ["2017-12-07"]
    assert file["cprt"] == ["CC-BY-4.0"]
    assert bytes(file["covr"][0]) == _cover()
    assert [(one.start, one.title) for one in file.chapters][1:] == [
        (3.25, "ñ" * 127),
        (6, "日本語 🎙"),
    ]


def test_the_tags_of_an_mp3_are_read_back(made: Made) -> None:
    tags = ID3(made("mp3")[1])
    assert tags["TIT2"].text == ["Título de la charla"]
    assert tags["APIC:"].data == _cover()
    assert tags["CTOC:toc"].child_element_ids == ["chp0", "chp1", "chp2"]
    assert [tags[f"CHAP:chp{one}"].start_time for one in range(3)] == [0, 3250, 6000]


def test_the_tags_of_an_opus_file_are_read_back(made: Made) -> None:
    file = OggOpus(made("opus")[1])
    assert file["artist"] == ["Ana Pérez", "Zoë"]
    assert file["chapter001"] == ["00:00:03.250"]
    assert "metadata_block_picture" in file


def test_a_part_is_cut_out_and_chapters_beyond_its_end_are_not(
    sounds: Sound, tmp_path: Path
) -> None:
    audio = make(sounds("talk.m4a"), tmp_path, _recipe(start_s=2.0, end_s=7.5))
    assert abs(audio.duration_s - 5.5) <= 0.1
    starts = [start for start, _ in chapters_of(tmp_path / audio.name)]
    assert starts == [0, 3.25]


def test_an_end_beyond_the_recording_is_its_end(sounds: Sound, tmp_path: Path) -> None:
    audio = make(sounds("talk.m4a"), tmp_path, _recipe(start_s=4.0, end_s=500.0))
    assert abs(audio.duration_s - 5) <= 0.1


@pytest.mark.slow
def test_another_codec_is_encoded(sounds: Sound, tmp_path: Path) -> None:
    source = sounds("talk.webm", "sine=f=300:d=9", "-c:a", "libopus")
    found = probed(tmp_path / make(source, tmp_path, _recipe()).name)
    assert found["streams"][0]["codec_name"] == "aac"


# Quiet, loud, and quiet with peaks that would pass the ceiling: a talk and its applause.
_LOUDNESS = {
    "quiet": "sine=f=400:d=9,volume=-18dB",
    "loud": "sine=f=400:d=9,volume=17dB",
    "peaks": "aevalsrc=0.02*sin(2*PI*300*t)+0.9*sin(2*PI*3000*t)*lt(mod(t\\,3)\\,0.01):d=9",
    "noise": "anoisesrc=d=9:c=pink:a=0.05:seed=7",
}
_QUICK = ("loud", "mp3")


@pytest.mark.parametrize(
    ("kind", "format"),
    [
        pytest.param(kind, format, marks=() if (kind, format) == _QUICK else pytest.mark.slow)
        for kind in _LOUDNESS
        for format in ("m4a", "mp3", "opus")
    ],
)
def test_loudness_is_reached_and_measured_on_the_result(
    sounds: Sound, tmp_path: Path, kind: str, format: str
) -> None:
    source = sounds(f"{kind}.m4a", _LOUDNESS[kind], "-b:a", "192k")
    assert not measure(find_programs(), source).is_right
    audio = make(source, tmp_path, _recipe(format, loudness=True))
    found = measure(find_programs(), tmp_path / audio.name)
    assert abs(found.integrated_lufs + 16) <= 1
    assert found.true_peak_dbtp <= -1
    assert audio.loudness_lufs == found.integrated_lufs
    assert audio.true_peak_dbtp == found.true_peak_dbtp


@pytest.mark.slow
def test_what_is_loud_enough_already_is_copied(sounds: Sound, tmp_path: Path) -> None:
    first = make(sounds("quiet.m4a", _LOUDNESS["quiet"]), tmp_path / "1", _recipe(loudness=True))
    source = tmp_path / "1" / first.name
    again = make(source, tmp_path / "2", _recipe(loudness=True))
    assert again.loudness_lufs == first.loudness_lufs
    assert _packets(source) == _packets(tmp_path / "2" / again.name)


@pytest.mark.slow
def test_silence_is_not_made_loud(sounds: Sound, tmp_path: Path) -> None:
    source = sounds("silence.m4a", "anullsrc=d=9")
    with pytest.raises(WorldError, match="silent"):
        make(source, tmp_path, _recipe(loudness=True))
    assert make(source, tmp_path, _recipe()).loudness_lufs is None


def _refused(source: Path, folder: Path, recipe: Recipe, words: str) -> None:
    """Refused with these words, and what stood there before stands there still."""
    folder.mkdir(exist_ok=True)
    before = folder / f"{recipe.name}.{recipe.format}"
    before.write_bytes(b"as it was")
    with pytest.raises(WorldError, match=words):
        make(source, folder, recipe)
    assert before.read_bytes() == b"as it was"
    assert list(folder.iterdir()) == [before]


def test_a_recording_that_is_cut_off_is_refused(sounds: Sound, tmp_path: Path) -> None:
    whole = sounds("fast.m4a", "sine=f=440:d=9", "-movflags", "+faststart").read_bytes()
    source = tmp_path / "cut.m4a"
    source.write_bytes(whole[: len(whole) // 2])
    _refused(source, tmp_path / "audio", _recipe(), "ends after")


def test_a_recording_shorter_than_it_is_said_to_be_is_refused(
    sounds: Sound, tmp_path: Path
) -> None:
    _refused(
        sounds("talk.m4a"), tmp_path / "audio", _recipe(duration_s=60.0), "ends after 9.0 of 60"
    )


def test_a_picture_without_sound_is_refused(sounds: Sound, tmp_path: Path) -> None:
    source = sounds("mute.mp4", "color=c=blue:d=2:s=64x64")
    _refused(source, tmp_path / "audio", _recipe(), "ffmpeg failed|no sound")


def test_a_start_beyond_the_end_is_refused(sounds: Sound, tmp_path: Path) -> None:
    _refused(sounds("talk.m4a"), tmp_path / "audio", _recipe(start_s=30.0), "audio.start")


def test_text_and_a_playlist_that_names_other_files_are_refused(
    sounds: Sound, tmp_path: Path
) -> None:
    for number, text in enumerate(
        ["<html>429</html>", f"ffconcat version 1.0\nfile '{sounds('talk.m4a')}'\n",
         f"#EXTM3U\n#EXTINF:9,\n{sounds('talk.m4a')}\n#EXT-X-ENDLIST\n"]
    ):  # fmt: skip
        source = tmp_path / f"{number}.m4a"
        source.write_text(text)
        _refused(source, tmp_path / "audio", _recipe(), "ffmpeg failed|no sound")


def test_a_full_disk_is_named_and_leaves_nothing(sounds: Sound, tmp_path: Path) -> None:
    limited = (
        "import resource, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from feeds.edges.studio import make; from feeds.edges.studio.recipe import Recipe\n"
        "from feeds.errors import WorldError\n"
        "try: make(Path(sys.argv[1]), Path(sys.argv[2]), Recipe('x'))\n"
        "except WorldError as error: print(error)\n"
    )
    folder = tmp_path / "audio"
    command = [sys.executable, "-c", limited, str(sounds("talk.m4a")), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert str(folder) in done.stdout
    assert list(folder.iterdir()) == []


def test_what_a_killed_maker_left_is_swept_away(sounds: Sound, tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    left = tmp_path / f".dQw4w9WgXcQ.m4a.{gone}.making"
    at_work = tmp_path / f".dQw4w9WgXcQ.m4a.{os.getppid()}.making"
    left.write_bytes(b"half")
    at_work.write_bytes(b"half")
    make(sounds("talk.m4a"), tmp_path, _recipe())
    assert not left.exists()
    assert at_work.exists()


def test_without_ffmpeg_the_remedy_is_named(tmp_path: Path) -> None:
    try:
        import imageio_ffmpeg  # noqa: F401 # whether it is there
    except ImportError:
        with pytest.raises(WorldError, match="apt-get install ffmpeg"):
            find_programs(str(tmp_path))
    else:
        assert find_programs(str(tmp_path)).ffmpeg


def test_a_build_believes_only_the_size_and_the_container(sounds: Sound, tmp_path: Path) -> None:
    audio = make(sounds("talk.m4a"), tmp_path, _recipe())
    path = tmp_path / audio.name
    assert verify(path, audio)
    assert not verify(path, replace(audio, size_bytes=audio.size_bytes - 1))
    assert not verify(path, replace(audio, media_type="audio/mpeg"))
    assert not verify(path, replace(audio, media_type=""))
    assert not verify(tmp_path / "none.m4a", audio)
    assert not verify(tmp_path, audio)
    link = tmp_path / "link.m4a"
    link.symlink_to(path)
    assert not verify(link, audio)
    path.write_bytes(b"\0" * audio.size_bytes)
    assert not verify(path, audio)
