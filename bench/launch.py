"""Run a command and write into a pipe what it cost: DESCRIPTOR COMMAND …

A process of its own, because a child's peak memory begins with that of the process which it was
made by: this one's is 10 MB, a bench's may be anything. So nothing is imported that can be spared.
"""

import os
import sys
import time


def main() -> None:
    """Seconds of wall and CPU, KB of the largest process, and the exit status."""
    pipe, command = int(sys.argv[1]), sys.argv[2:]
    # An installed package has its bytecode beside it; a checkout gets it in the first run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    cpu = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    os.write(pipe, f"{wall} {cpu} {usage.ru_maxrss} {code}".encode())


if __name__ == "__main__":
    main()
