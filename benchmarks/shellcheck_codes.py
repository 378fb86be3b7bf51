"""Compares the ShellCheck codes of dfguard and hadolint on real Dockerfiles, by file, line of the RUN, and code.

    python benchmarks/shellcheck_codes.py LIST [--most 300]

LIST holds one path a line. hadolint 2.15.1 reports at most one code for a RUN, dfguard all of them: what counts is how
much of hadolint's is found as well. Windows images are left out: hadolint reads PowerShell and cmd as if they were sh.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.syntax.dockerfile import parse

HADOLINT = ("--format", "json", "--no-fail", "--disable-ignore-pragma", "--config", "/dev/null")
UNREADABLE = "DL1000"

Rows = set[tuple[int, str]]


def theirs(path: str) -> Rows | None:
    """Line and code of what hadolint says, None when it cannot read the file."""
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(program), *HADOLINT, path], capture_output=True, text=True, check=False)
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        return None
    if any(row["code"] == UNREADABLE for row in rows):
        return None
    return {(row["line"], row["code"]) for row in rows if row["code"].startswith("SC")}


def ours(path: str) -> Rows | None:
    """The same of dfguard; None for a file that is for Windows."""
    source = Source.decode(path, Path(path).read_bytes())
    text = source.text.lower()
    if any(word in text for word in ("windows", "nanoserver", "powershell", "pwsh", "escape=`")):
        return None
    document = parse(source)
    report = check_target(
        Target(source, InMemoryContext({})), Settings(platform="docker", select=("DFG7SC",))
    )
    found = set()
    for diagnostic in report.diagnostics:
        inside = next((i for i in document.instructions if i.span.holds(diagnostic.span)), None)
        if inside is not None and diagnostic.finding.code:
            found.add((inside.line, diagnostic.finding.code))
    return found


def main() -> None:
    """Print how many agree, and what hadolint alone says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list")
    parser.add_argument("--most", type=int, default=300)
    arguments = parser.parse_args()
    paths = [line for line in Path(arguments.list).read_text().splitlines() if line]
    shared, alone, further, files = 0, Counter[str](), 0, 0
    for path in paths[:: max(1, len(paths) // arguments.most)][: arguments.most]:
        left, right = theirs(path), ours(path)
        if left is None or right is None:
            continue
        files += 1
        shared += len(left & right)
        further += len(right - left)
        for line, code in sorted(left - right):
            alone[code] += 1
            print(f"hadolint alone  {path}:{line} {code}")
    total = shared + alone.total()
    print(
        f"{files} files: {shared} of hadolint's {total} codes found ({shared / max(1, total):.1%}), {further} more"
    )


if __name__ == "__main__":
    main()
