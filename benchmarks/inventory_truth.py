"""Installs sets of packages into a real minimal system and compares what is there with what the inventory says.

    python benchmarks/inventory_truth.py SUITE [--cache DIR] [--sets N] [--seed S]

Needs root and the archive, like inventories.py, whose cache holds the minimal system. The sets are drawn from inventories_wanted.txt.
Counted: programs, libraries, users and groups that are there although the inventory says that they are not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
from pathlib import Path

from inventories import FOLDERS, ROOT

from dfguard.interp.filesystem.contents import PackageContents
from dfguard.knowledge.inventories import SUITES, inventory

LARGEST_SET = 4


def install(root: Path, names: list[str], *, with_recommended: bool) -> bool:
    """`apt-get install` in the system; False when apt refuses."""
    options = [] if with_recommended else ["--no-install-recommends"]
    words = ["apt-get", "-qq", "-y", *options, "install", *names]
    done = subprocess.run(
        ["chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        timeout=900,
        check=False,
    )
    return done.returncode == 0


def names_of(root: Path, table: str) -> set[str]:
    """The names in /etc/passwd or /etc/group."""
    return {
        line.partition(":")[0] for line in (root / "etc" / table).read_text(encoding="utf-8").splitlines()
    }


def programs_of(root: Path) -> set[str]:
    """The names on PATH."""
    return {path.name for folder in FOLDERS if (root / folder).is_dir() for path in (root / folder).iterdir()}


def main() -> None:
    """Install and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", choices=[suite for suites in SUITES.values() for suite in suites])
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "inventories")
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    release = inventory(given.suite)
    wanted = (ROOT / "benchmarks" / "inventories_wanted.txt").read_text(encoding="utf-8").split()
    names = [name for name in wanted if release.is_known(name) and name not in release.packages]
    draw = random.Random(given.seed)
    base = given.cache / f"{given.suite}.root"
    system = f"{release.system} {given.suite}"
    false = installed = 0
    before_users, before_groups = names_of(base, "passwd"), names_of(base, "group")
    before = programs_of(base)
    for number in range(given.sets):
        chosen = draw.sample(names, draw.randint(1, LARGEST_SET))
        with_recommended = bool(draw.getrandbits(1))
        root = given.cache / f"{given.suite}.try"
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "-a", f"{base.resolve()}/.", str(root)], check=True)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        subprocess.run(
            ["chroot", str(root), "apt-get", "-qq", "update"], check=True, stdout=subprocess.DEVNULL
        )
        if not install(root, chosen, with_recommended=with_recommended):
            print(number, "apt refuses", " ".join(chosen))
            continue
        installed += 1
        contents = PackageContents(system, tuple(sorted(chosen)), with_recommended=with_recommended)
        wrong = [
            f"program {name}" for name in programs_of(root) - before if contents.lacks(f"/usr/bin/{name}")
        ]
        folder = root / "usr/lib/x86_64-linux-gnu"
        wrong += [
            f"library {path.name}"
            for path in folder.glob("lib*.so.*")
            if not (base / "usr/lib/x86_64-linux-gnu" / path.name).exists()
            and contents.lacks(f"/usr/lib/x86_64-linux-gnu/{path.name}")
        ]
        made = (names_of(root, "passwd") - before_users) | (names_of(root, "group") - before_groups)
        told = contents.accounts()
        wrong += [f"account {name}" for name in made if told is not None and name not in told]
        false += len(wrong)
        print(
            number,
            " ".join(chosen),
            "with" if with_recommended else "without",
            "recommended:",
            wrong or "true",
        )
    print(f"{installed} sets installed, {false} false")


if __name__ == "__main__":
    main()
