"""A folder under fixtures/groundtruth to a case: its build options, and its build context as the oracle saw it.

Git keeps neither empty directories nor modes other than 0644 and 0755, and a link that leads out of its folder keeps
an archive of the project from being unpacked: `options.json` states all three and `stage` makes them. Every reader of the golden files takes the context from `stage`, never from the folder itself.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2] / "fixtures" / "groundtruth"
OURS = ("golden.json", "golden.legacy.json", "golden.containerd.json", "options.json")


class Case(Record):
    """One build: `arguments` for the builder (`{context}` is the staged folder), `modes` as octal strings by path,
    `directories` to make because they are empty, `links` what each says by path, `base` the image whose tree the golden rows are compared with
    (`scratch`: none), `is_legacy` whether the old builder builds it as well, `is_containerd` whether BuildKit on
    the containerd image store does.
    """

    folder: Path
    arguments: tuple[str, ...] = ()
    modes: tuple[tuple[str, str], ...] = ()
    directories: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    base: str = "localhost/busybox:1"
    is_legacy: bool = False
    is_containerd: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name


def read_cases(root: Path = ROOT) -> tuple[Case, ...]:
    """All cases below `root`, sorted by name: every folder that holds a Dockerfile."""
    return tuple(_read_case(path.parent) for path in sorted(root.glob("*/Dockerfile")))


def stage(case: Case, target: Path) -> Path:
    """Copy the build context (what is ours left out) to the new folder `target`, set every mode, return `target`.

    Files are 0644, or 0755 where git keeps the executable bit, directories 0755, unless `modes` says otherwise.
    """
    shutil.copytree(case.folder, target, symlinks=True, ignore=_ours_at(case.folder))
    for name in case.directories:
        (target / name).mkdir(parents=True)
    for name, says in case.links:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to(says)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    for name, mode in case.modes:
        (target / name).chmod(int(mode, 8))
    return target


def _read_case(folder: Path) -> Case:
    path = folder / "options.json"
    options = json.loads(path.read_text()) if path.exists() else {}
    return Case(
        folder,
        arguments=tuple(options.pop("arguments", ())),
        modes=tuple(options.pop("modes", {}).items()),
        directories=tuple(options.pop("directories", ())),
        links=tuple(options.pop("links", {}).items()),
        base=options.pop("base", "localhost/busybox:1"),
        is_legacy=options.pop("legacy", False),
        is_containerd=options.pop("containerd", False),
        **options,
    )


def _ours_at(folder: Path) -> Callable[[str, list[str]], tuple[str, ...]]:
    return lambda place, _names: OURS if Path(place) == folder else ()
