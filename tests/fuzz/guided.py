"""The same targets with atheris (libFuzzer), which keeps inputs that reach code of ours anew.

It is no dependency of the project: ``pip install atheris`` beside it. Nothing of ours is imported
at the top, because atheris puts its counters into modules as they are imported.
"""

import subprocess
import sys
import tempfile
from pathlib import Path


def fuzz(name: str, minutes: float) -> int:
    """A process of its own, because libFuzzer ends it at a finding; gives how many there were."""
    from tests.fuzz import found
    from tests.fuzz.__main__ import kind_of, say
    from tests.fuzz.damage import smaller
    from tests.fuzz.running import opened
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    findings = 0
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        for number, data in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(data)
        quoted = ("".join(f"\\x{byte:02x}" for byte in piece) for piece in target.pieces)
        words.write_text("".join(f'"{piece}"\n' for piece in quoted))
        limits = ("-max_len=8192", "-timeout=30", "-rss_limit_mb=2048", "-close_fd_mask=1")
        places = (f"-dict={words}", f"-artifact_prefix={folder}/crash-", str(corpus))
        time = f"-max_total_time={minutes * 60:.0f}"
        command = [sys.executable, "-m", "tests.fuzz.guided", name, time, *limits, *places]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        say(f"{name}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
        with opened(target) as hold:
            for path in Path(folder).glob("crash-*"):
                data = path.read_bytes()
                kind, _ = kind_of(hold, data)

                def fails(other: bytes, kind: str = kind) -> bool:
                    return kind_of(hold, other)[0] == kind

                small = smaller(data, fails) if kind else data
                say(str(found.write(name, small, kind_of(hold, small)[1] or "stopped")))
                findings += 1
    return findings


def _run(name: str, arguments: list[str]) -> None:
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["feeds"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    if target.around is None:
        atheris.Setup([name, *arguments], target.hold)
        atheris.Fuzz()
        return
    with target.around() as hold:
        atheris.Setup([name, *arguments], hold)
        atheris.Fuzz()


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2:])
