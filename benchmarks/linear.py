"""Times dfguard on generated input of growing size: seconds, and how much longer ten times as much takes.

    python benchmarks/linear.py [--largest N]

Instructions (a mix of RUN, COPY and ENV), stages that copy from each other, `mkdir -p` with many names, and a context
with many files: copied as a whole, named by a single file, picked from by a pattern. A ratio of 10 is linear; less is the start-up.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = {
    "instructions": 10_000,
    "stages": 1_000,
    "mkdir": 100_000,
    "context": 200_000,
    "one file": 200_000,
    "glob": 200_000,
}


def instructions(folder: Path, count: int) -> str:
    """A mix of instructions, every tenth of which copies a file that is there."""
    (folder / "app.py").write_text("print(1)\n")
    return "FROM debian:12\n" + "".join(_mixed(count))


def _mixed(count: int) -> Iterator[str]:
    for number in range(count):
        yield (
            f"RUN mkdir -p /opt/d{number}/inner",
            f"RUN echo {number} > /opt/f{number}",
            f"RUN cp /opt/f{number - 1} /opt/c{number}",
            f"COPY app.py /srv/app{number}.py",
            f"ENV NAME{number}=value PATH=/opt/d{number}:$PATH"
            if number % 100 == 4
            else f"ENV NAME{number}=v",
            f"RUN if [ -f /opt/f{number} ]; then rm /opt/f{number}; fi",
            f"WORKDIR /work/{number}",
            f"RUN ln -s /opt/c{number - 5} link{number}",
            f"ARG WORD{number}=w",
            f"RUN cd /opt && touch t{number} && chmod 644 t{number}",
        )[number % 10]
        yield "\n"


def stages(folder: Path, count: int) -> str:
    """Stages, each of which copies a file of the one before."""
    del folder
    first = "FROM debian:12 AS s0\nRUN echo 0 > /out\n"
    return first + "".join(
        f"FROM debian:12 AS s{number}\nCOPY --from=s{number - 1} /out /out\nRUN echo {number} >> /out\n"
        for number in range(1, count)
    )


def mkdir(folder: Path, count: int) -> str:
    """One command with many names, on lines short enough for BuildKit."""
    del folder
    names = (f"/d{n % 100}/n{n}" + (" \\\n" if n % 1000 == 999 else " ") for n in range(count))
    return f"FROM debian:12\nRUN mkdir -p {''.join(names)}/end\n"


def context(folder: Path, count: int) -> str:
    """A context with many files, copied as a whole."""
    for number in range(count):
        if number % 500 == 0:
            inner = folder / "data" / f"d{number // 500}"
            inner.mkdir(parents=True)
        (inner / f"f{number}").touch()
    (folder / "app.py").write_text("print(1)\n")
    return 'FROM python:3.12\nCOPY . /app\nCMD ["python", "/app/app.py"]\n'


def one_file(folder: Path, count: int) -> str:
    """The same context, of which one file is copied."""
    context(folder, count)
    return 'FROM python:3.12\nCOPY app.py /app/\nCMD ["python", "/app/app.py"]\n'


def glob(folder: Path, count: int) -> str:
    """The same context, of which a pattern picks files in all folders."""
    context(folder, count)
    return "FROM python:3.12\nCOPY data/*/f*1 /app/\n"


KINDS: dict[str, Callable[[Path, int], str]] = {
    "instructions": instructions,
    "stages": stages,
    "mkdir": mkdir,
    "context": context,
    "one file": one_file,
    "glob": glob,
}


def seconds(make: Callable[[Path, int], str], count: int) -> tuple[float, int]:
    """Seconds of processor time of one check, and the most memory that any check took so far (MiB)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text(make(folder, count))
        command = [sys.executable, "-m", "dfguard", "check", "--no-cache", "Dockerfile"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss >> 10


def main() -> None:
    """Print a row per kind and size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=max(LARGEST.values()), help="no size above this one")
    parser.add_argument("--kind", choices=list(KINDS), action="append")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    for kind in arguments.kind or KINDS:
        before = 0.0
        for count in (LARGEST[kind] // 100, LARGEST[kind] // 10, LARGEST[kind]):
            if count > arguments.largest:
                continue
            used, memory = seconds(KINDS[kind], count)
            ratio = f"x {used / before:5.1f}" if before else ""
            print(f"{kind:13} {count:8} {used:8.2f} s  {memory:5} MiB  {ratio}", flush=True)
            before = used


if __name__ == "__main__":
    main()
