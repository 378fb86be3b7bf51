"""Asks BuildKit itself for its warnings about Dockerfiles, one JSON object a line: path, rule and line, or path and error.

    GROUNDTRUTH=/path/to/oracle python benchmarks/buildkit_rows.py LIST --output ROWS

LIST holds one path a line; the folder of a file is its build context when that holds a .dockerignore, else an empty
one is. GROUNDTRUTH is the oracle of fixtures/groundtruth/README.md, with `check CONTEXT [ARGUMENTS]` besides; it needs
no network: its busybox stands in for every image, named as a build context, and for a FROM that only a build argument
fills. The local frontend (GROUNDTRUTH_FRONTEND) reads every file, whatever its `# syntax=` says.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

IMAGE = "localhost/busybox:1"
ROUNDS = 40
"""So many images and arguments are found missing, one a round, before a file is given up."""

Row = dict[str, Any]


class Missing(NamedTuple):
    """What a build asks for and has not: images to stand in for, arguments to give."""

    images: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Options of the builder."""
        contexts = [f"--build-context={name}=docker-image://{IMAGE}" for name in self.images]
        return [*contexts, *(f"--build-arg={name}={IMAGE}" for name in self.arguments)]

    def with_what(self, error: str) -> Missing | None:
        """With what the error names besides; None where it names nothing new."""
        if found := re.search(r"(\S+): failed to (?:do request|resolve)", error):
            name = found[1].removeprefix("docker.io/").removeprefix("library/")
            return self._with_image(name)
        if found := re.search(r"base name \((.*?)\) should not be blank", error):
            names = re.findall(r"\$\{?(\w+)", found[1])
            new = tuple(n for n in names if n not in self.arguments)
            return self._replace(arguments=(*self.arguments, *new)) if new else None
        return None

    def _with_image(self, name: str) -> Missing | None:
        return None if name in self.images else self._replace(images=(*self.images, name))


def asked(script: str, path: Path, context: Path, missing: Missing) -> Row:
    """What the builder's check says: its JSON."""
    frontend = os.environ.get("GROUNDTRUTH_FRONTEND", "localhost/dockerfile:1")
    words = [
        script,
        "check",
        str(context),
        f"--build-arg=BUILDKIT_SYNTAX={frontend}",
        "-f",
        str(path),
        *missing.words(),
    ]
    done = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)
    try:
        found, _ = json.JSONDecoder().raw_decode(done.stdout)
    except ValueError:
        lines = re.findall(r"^(?:ERROR: |error: )(.*)$", done.stderr, re.MULTILINE)
        return {"buildError": {"message": lines[-1] if lines else done.stderr[-300:]}}
    return dict(found)


def rows_of(script: str, path: Path, share: str) -> list[Row]:
    """The rows of one file."""
    with tempfile.TemporaryDirectory(dir=share, prefix="groundtruth-") as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        context = path.parent if (path.parent / ".dockerignore").exists() else folder / "empty"
        copy = folder / "Dockerfile"
        copy.write_bytes(path.read_bytes())
        missing = Missing()
        for _ in range(ROUNDS):
            found = asked(script, copy, context, missing)
            error = found.get("buildError") or {}
            more = missing.with_what(error.get("message", ""))
            if more is None:
                break
            missing = more
    rows: list[Row] = [
        {
            "path": str(path),
            "rule": w["ruleName"],
            "line": w["location"]["ranges"][0]["start"]["line"],
            "detail": w["detail"],
        }
        for w in found.get("warnings") or []
    ]
    if error:
        rows.append({"path": str(path), "error": error.get("message", "?")})
    return rows or [{"path": str(path)}]


def main() -> int:
    """Ask about every file of the list, two at a time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    script, share = (
        os.environ.get("GROUNDTRUTH", ""),
        os.environ.get("GROUNDTRUTH_SHARE", tempfile.gettempdir()),
    )
    if not os.access(script, os.X_OK):
        sys.stderr.write(f"the oracle {script or '(GROUNDTRUTH is not set)'} is no executable file\n")
        return 2
    paths = [Path(line) for line in given.list.read_text(encoding="utf-8").splitlines() if line]
    with ThreadPoolExecutor(2) as pool, given.output.open("w", encoding="utf-8") as output:
        for rows in pool.map(lambda path: rows_of(script, path, share), paths):
            output.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
