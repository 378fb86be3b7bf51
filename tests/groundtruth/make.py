"""Dockerfiles under fixtures/groundtruth to golden files: each case is built for real and the image written down.

Needs the oracle, a script that runs real builders; its path is in the environment variable GROUNDTRUTH. What is
asked of it: `build TAG CONTEXT [ARGUMENTS]` (BuildKit), `legacy TAG CONTEXT [ARGUMENTS]` (the old builder) and
`docker ARGUMENTS`, with the images localhost/busybox:1 and the Dockerfile frontend (see README.md) in its store.
GROUNDTRUTH_CONTAINERD is the same over an engine with the containerd image store; without it those files stay.
GROUNDTRUTH_FRONTEND names the frontend image, GROUNDTRUTH_SHARE the folder the builders see under the same path.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from groundtruth.case import ROOT, Case, read_cases, stage
from groundtruth.saved_image import Row, read_image

if TYPE_CHECKING:
    from collections.abc import Iterator

BASES = {
    "localhost/busybox:1": "base.json",
    "localhost/gnu:1": "base.gnu.json",
    "localhost/users:1": "base.users.json",
}
Trees = dict[str, dict[str, Row]]


class OracleError(Exception):
    """The builders are not there, or did what nobody expects."""


class Oracle:
    """The script that runs the builders; `folder` is a place both sides see under the same path."""

    def __init__(self, script: str, folder: Path) -> None:
        """Check that the script is there and has the images every case needs; raise OracleError if not."""
        self._script = script
        self._folder = folder
        self._frontend = os.environ.get("GROUNDTRUTH_FRONTEND", "localhost/dockerfile:1")
        if not os.access(script, os.X_OK):
            raise OracleError(f"the oracle {script or '(GROUNDTRUTH is not set)'} is no executable file")
        for tag in (*BASES, self._frontend):
            if self._run("docker", "image", "inspect", tag).returncode:
                raise OracleError(
                    f"{script} has no image {tag}: fixtures/groundtruth/README.md tells how to make it"
                )

    def image(self, tag: str) -> tuple[dict[str, Row], Row]:
        """Tree and config of a local image."""
        archive = self._folder / "image.tar"
        self._must("docker", "save", tag, "-o", str(archive))
        return read_image(archive)

    def golden(self, case: Case, trees: Trees, *, builder: str) -> Row:
        """What `builder` (build or legacy) makes of a case: what differs from its base, or where it fails."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            # BuildKit keeps what it received under the folder's last name: a new one knows nothing of other builds
            context = stage(case, Path(folder) / Path(folder).name)
            arguments = ["--no-cache", *(text.replace("{context}", str(context)) for text in case.arguments)]
            if builder == "build":
                arguments += ["--build-arg", f"BUILDKIT_SYNTAX={self._frontend}"]
            tag = f"dfguard-groundtruth/{case.name}"
            done = self._run(builder, tag, str(context), *arguments)
        if done.returncode:
            return {"base": case.base, "fails": _failure(done.stdout, done.stderr)}
        tree, config = self.image(tag)
        self._must("docker", "rmi", "--force", tag)
        base = trees[case.base]
        removed = sorted(base.keys() - tree.keys())
        changed = [row for path, row in tree.items() if row != base.get(path)]
        return {"base": case.base, "config": config, "removed": removed, "fs": changed}

    def _must(self, *arguments: str) -> None:
        done = self._run(*arguments)
        if done.returncode:
            raise OracleError(f"{' '.join(arguments)}: {done.stderr.strip()}")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._script, *arguments], cwd="/", capture_output=True, text=True, check=False
        )


def _failure(stdout: str, stderr: str) -> Row:
    """The 1-based line where the build stopped (None: the builder names none) and what it said, made stable."""
    places = re.findall(r"^\S*Dockerfile\S*:(\d+)$", stderr, re.MULTILINE)
    messages = re.findall(r"^ERROR: .*?failed to solve: (.*)$", stderr, re.MULTILINE)
    if not messages and re.search(r"^Step \d+/\d+ : ", stdout, re.MULTILINE):
        messages = stderr.strip().splitlines()
    if not messages:
        raise OracleError(stderr.strip()[-2000:])
    message = re.sub(r"\bref \S+::\S+", "ref", messages[-1])
    message = re.sub(r"/\S*/(?:overlay2/\w+/merged|cachemounts/buildkit\d+)/", "/", message)
    return {"line": int(places[-1]) if places else None, "message": message}


def _written(golden: Row) -> str:
    """The golden file's text: one key or row a line, so that a change shows as the lines it touches."""
    lines = [f"{json.dumps(key)}: {json.dumps(golden[key])}" for key in golden if key != "fs"]
    if "fs" in golden:
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in golden["fs"])
        lines.append(f'"fs": [\n{rows}\n]' if rows else '"fs": []')
    return "{" + ",\n".join(lines) + "}\n"


def _without_binaries(row: Row) -> Row:
    return {key: value for key, value in row.items() if "sha256" not in row or key not in ("size", "sha256")}


def _remade(oracle: Oracle, containerd: Oracle | None, names: list[str]) -> Iterator[tuple[Path, str]]:
    trees: Trees = {"scratch": {}}
    for tag, name in BASES.items():
        trees[tag], config = oracle.image(tag)
        rows = [_without_binaries(row) for row in trees[tag].values()]
        yield ROOT / name, _written({"image": tag, "config": config, "fs": rows})
    for case in read_cases():
        if names and case.name not in names:
            continue
        yield case.folder / "golden.json", _written(oracle.golden(case, trees, builder="build"))
        if case.is_legacy:
            golden = oracle.golden(case, trees, builder="legacy")
            yield case.folder / "golden.legacy.json", _written(golden)
        if case.is_containerd and containerd:
            golden = containerd.golden(case, trees, builder="build")
            yield case.folder / "golden.containerd.json", _written(golden)


def _changed(names: list[str]) -> Iterator[tuple[Path, str]]:
    """The golden files whose text would change, with the new text."""
    share = os.environ.get("GROUNDTRUTH_SHARE", "/tmp")
    second = os.environ.get("GROUNDTRUTH_CONTAINERD")
    with tempfile.TemporaryDirectory(dir=share, prefix="groundtruth-") as folder:
        oracle = Oracle(os.environ.get("GROUNDTRUTH", ""), Path(folder))
        containerd = Oracle(second, Path(folder)) if second else None
        for path, text in _remade(oracle, containerd, names):
            if not path.exists() or path.read_text() != text:
                yield path, text


def main() -> int:
    """Write the golden files that change and return 0; with --check write none and return 1 if any would."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="cases; all when none is named")
    parser.add_argument("--check", action="store_true", help="only say which files would change")
    options = parser.parse_args()
    count = 0
    try:
        for path, text in _changed(options.names):
            count += 1
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")
            if not options.check:
                path.write_text(text)
    except OracleError as error:
        sys.stderr.write(f"groundtruth: {error}\n")
        return 2
    sys.stdout.write(f"{count} golden files {'differ' if options.check else 'written'}\n")
    return 1 if options.check and count else 0


if __name__ == "__main__":
    sys.exit(main())
