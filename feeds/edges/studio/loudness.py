"""How loud a file is, and how to bring it to −16 LUFS: EBU R 128, measured before and after.

Not ffmpeg's loudnorm: it takes fifty times as long, and where a peak is in the way it changes the
volume as it goes, without a word. Here the gain is one number, and only what would pass the
ceiling is limited.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from feeds.edges.studio.programs import Programs, reading, run
from feeds.errors import WorldError

TARGET_LUFS, TOLERANCE_LU = -16.0, 1.0
MAX_PEAK_DBTP = -1.0
# Encoders overshoot; what is limited to this stays below MAX_PEAK_DBTP nearly always.
_CEILING_DB = -2.0
# The limiter looks at samples: at four times the rate these are as good as true peaks.
_OVERSAMPLED_HZ = 192_000
_SILENT_LUFS = -69.0
_INTEGRATED = re.compile(r"^\s*I:\s+(\S+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s*Peak:\s+(\S+) dBFS", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness and true peak (EBU R 128, ITU-R BS.1770)."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def is_right(self) -> bool:
        """Within ±1 LU of the target, and no peak above −1 dBTP."""
        near = abs(self.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU
        return near and self.true_peak_dbtp <= MAX_PEAK_DBTP


@dataclass(frozen=True, slots=True)
class Level:
    """What to do: a gain, and a ceiling for what it would lift too high."""

    gain_db: float
    ceiling_db: float
    limited: bool

    def filters(self, rate_hz: int) -> str:
        """The same for ffmpeg's ``-af``, giving sound at ``rate_hz``."""
        volume = f"volume={self.gain_db:.2f}dB:precision=float"
        if not self.limited:
            return f"{volume},aresample={rate_hz}"
        limit = 10 ** (self.ceiling_db / 20)
        limiter = f"alimiter=limit={limit:.6f}:attack=5:release=50:level=false"
        return f"{volume},aresample={_OVERSAMPLED_HZ},{limiter},aresample={rate_hz}"

    def after(self, heard: Loudness) -> "Level":
        """The next try, when this one came out as ``heard``."""
        too_high = max(0.0, heard.true_peak_dbtp - MAX_PEAK_DBTP)
        ceiling = self.ceiling_db - (too_high + 0.3 if too_high else 0.0)
        return Level(
            self.gain_db + TARGET_LUFS - heard.integrated_lufs,
            ceiling,
            self.limited or too_high > 0,
        )


def measure(
    programs: Programs, path: Path, start_s: float | None = None, end_s: float | None = None
) -> Loudness:
    """How loud a file, or a part of it, is; WorldError when it is silent."""
    arguments = [*reading(path, start_s, end_s), "-map", "0:a:0"]
    said = run(
        programs, [*arguments, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"], path
    )
    summary = said.rpartition("Summary:")[2]
    integrated, peak = _INTEGRATED.search(summary), _PEAK.search(summary)
    if integrated is None or peak is None:
        raise WorldError(str(path), "ffmpeg did not say how loud it is", "use ffmpeg 5 or newer")
    found = Loudness(float(integrated[1]), float(peak[1]))
    if found.integrated_lufs <= _SILENT_LUFS:
        raise WorldError(str(path), "is silent", "switch loudness off for it, if it is meant to be")
    return found


def first_level(heard: Loudness) -> Level:
    """The gain for a sound that is as loud as ``heard``, and whether peaks are in its way."""
    gain = TARGET_LUFS - heard.integrated_lufs
    return Level(gain, _CEILING_DB, heard.true_peak_dbtp + gain > _CEILING_DB)
