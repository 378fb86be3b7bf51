"""Writes benchmarks/inventories_scripts.json: the programs and accounts that Debian's maintainer scripts may make.

    python benchmarks/maintainer_scripts.py [--suite bookworm] [--cache DIR]

Links of update-alternatives and system users stand in no index. Each package that the packages in inventories_wanted.txt need is fetched
by apt, one after the other (about 3 GB for all of them), its postinst, preinst and sysusers.d files are read, nothing is run. Where a script computes a name, every
word of it counts: a name too many makes dfguard say less, never something false.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

from inventories import ROOT, Archive, alternatives, closed

FOLDERS = frozenset(["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"])
LARGEST = 200_000_000
"""Bytes; larger packages are not read, and marked so."""
LINK = re.compile(r"--(?:install|slave)\s+(\S+)\s+\S+")
MAKES = re.compile(r"\b(?:adduser|addgroup|useradd|groupadd)\b")
NAME = re.compile(r"(?<![\w./-])[a-z_][a-z0-9_-]{0,31}(?![\w./])")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]+")


def members(data: bytes) -> dict[str, bytes]:
    """The files of a .deb, which is an ar archive (deb(5))."""
    found, at = {}, 8
    while at < len(data):
        header = data[at : at + 60]
        size = int(header[48:58])
        found[header[:16].decode().strip().rstrip("/")] = data[at + 60 : at + 60 + size]
        at += 60 + size + (size & 1)
    return found


def opened(parts: dict[str, bytes], stem: str) -> tarfile.TarFile:
    """`control.tar.*` or `data.tar.*`."""
    name = next(name for name in parts if name.startswith(stem))
    raw = parts[name]
    if name.endswith(".zst"):
        raw = subprocess.run(["zstd", "-dc"], input=raw, stdout=subprocess.PIPE, check=True).stdout
    return tarfile.open(fileobj=io.BytesIO(raw))


def texts(data: bytes, *, with_data: bool) -> dict[str, str]:
    """The maintainer scripts of a package and its sysusers.d files."""
    parts = members(data)
    found: dict[str, str] = {}
    with opened(parts, "control.tar") as control:
        for item in control.getmembers():
            name = item.name.removeprefix("./")
            file = control.extractfile(item) if name in ("postinst", "preinst") and item.isfile() else None
            if file is not None:
                found[name] = file.read().decode("utf-8", "replace")
    if with_data:
        with opened(parts, "data.tar") as content:
            for item in content:
                file = content.extractfile(item) if "/sysusers.d/" in item.name and item.isfile() else None
                if file is not None:
                    found["sysusers"] = found.get("sysusers", "") + file.read().decode("utf-8", "replace")
    return found


def made(scripts: dict[str, str]) -> dict[str, list[str]]:
    """The names that the scripts may make: `programs` and `accounts`."""
    programs: set[str] = set()
    accounts: set[str] = set()
    for name in ("postinst", "preinst"):
        text = scripts.get(name, "").replace("\\\n", " ")
        for found in LINK.finditer(text) if "update-alternatives" in text else ():
            link = found[1].strip("\"'")
            if "$" in link:
                programs.update(WORD.findall(text))
            elif os.path.dirname(link) in FOLDERS:
                programs.add(os.path.basename(link))
        if MAKES.search(text):
            lines = [line for line in text.splitlines() if MAKES.search(line) or re.match(r"\s*\w+=", line)]
            accounts.update(name for line in lines for name in NAME.findall(line))
    for line in scripts.get("sysusers", "").splitlines():
        words = line.split()
        if words and words[0].rstrip("!") in ("u", "g", "m"):
            accounts.update(word for word in words[1:3] if NAME.fullmatch(word))
    return {"programs": sorted(programs), "accounts": sorted(accounts)}


def main() -> None:
    """Read the packages of one suite."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "inventories")
    given = parser.parse_args()
    archive = Archive(given.cache, given.suite)
    wanted = {*(ROOT / "benchmarks" / "inventories_wanted.txt").read_text(encoding="utf-8").split()}
    every = archive.packages
    edges = {
        name: {
            one
            for field in ("Depends", "Pre-Depends", "Recommends")
            for group in alternatives(fields.get(field, ""))
            for one in archive.chosen(group)
        }
        for name, fields in every.items()
    }
    names = sorted(
        name for name in closed(wanted & every.keys(), edges) if int(every[name].get("Size", "0")) < LARGEST
    )

    def read(name: str) -> dict[str, list[str]] | None:
        path = archive.apt.download(name)
        if path is None:
            print(name, "cannot be had")
            return None
        data = path.read_bytes()
        path.unlink()
        needs = f"{every[name].get('Depends', '')} {every[name].get('Pre-Depends', '')}"
        return made(texts(data, with_data="systemd" in needs or "sysuser" in needs))

    answers = {name: read(name) for name in names}
    result = {
        "suite": given.suite,
        "read": [name for name, answer in answers.items() if answer is not None],
        "made": {name: answer for name, answer in answers.items() if answer and any(answer.values())},
    }
    target = ROOT / "benchmarks" / "inventories_scripts.json"
    target.write_text(json.dumps(result, indent=0) + "\n", encoding="utf-8")
    print(len(result["read"]), "packages read,", len(result["made"]), "make names of their own")


if __name__ == "__main__":
    main()
