"""What an image, a package manager of the system and one of a language surely lack."""

from __future__ import annotations

import pytest

from dfguard.interp.filesystem.contents import (
    LanguageContents,
    PackageContents,
    contents_of,
    is_absent_package,
    may_bring_package,
    origin_of,
    packages_with,
)
from dfguard.knowledge.inventories import SUITES, inventory
from dfguard.knowledge.packs import bundled


def lacking(reference: str, names: str) -> list[str]:
    contents = contents_of(bundled().base_image(reference))
    assert contents is not None
    return [name for name in names.split() if contents.lacks(f"/usr/bin/{name}")]


@pytest.mark.parametrize(
    ("reference", "there", "missing"),
    [
        ("debian:12", "bash perl adduser", "curl git python3 anything-else"),
        ("debian:13-slim", "bash useradd", "adduser curl apt-key"),
        ("ubuntu:24.04", "ps bash", "adduser curl"),
        ("python:3.11-slim", "python3 pip 2to3 bash", "curl git gcc ps make wget ffmpeg"),
        ("python:3.12", "curl git gcc make unzip wget python3 pip", "ffmpeg jq rsync sudo zip"),
        ("node:20-slim", "node npm yarn corepack", "python3 git curl make"),
        ("node:22-bookworm", "python3 make g++ git", "jq ffmpeg"),
        ("golang:1.24-bookworm", "git make gcc curl", "jq protoc"),
        ("rust:1-slim-bookworm", "gcc ld", "pkg-config curl git"),
        ("ruby:3.3-slim", "ruby bundle ps", "git make node"),
        ("php:8.3-fpm", "php curl make", "git unzip node"),
        ("nvidia/cuda:12.4.1-devel-ubuntu22.04", "gcc make gpg", "curl wget git python3 ffmpeg"),
    ],
)
def test_official_images(reference: str, there: str, missing: str) -> None:
    assert lacking(reference, there) == []
    assert lacking(reference, missing) == missing.split()


def test_only_listed_kinds_of_paths_are_judged() -> None:
    contents = contents_of(bundled().base_image("debian:12"))
    assert contents is not None
    assert contents.lacks("/usr/lib/x86_64-linux-gnu/libGL.so.1")
    assert not contents.lacks("/usr/lib/x86_64-linux-gnu/libc.so.6")
    assert not contents.lacks("/etc/curl")
    assert not contents.lacks("/usr/share/curl")
    assert not contents.lacks("/usr/bin/\0")
    assert contents.lacks("/var/lib/apt/lists/lock")
    assert contents.lacks("/etc/apt/sources.list.d/other.list")
    assert not contents.lacks("/etc/apt/sources.list.d/debian.sources")


@pytest.mark.parametrize("suite", [suite for suites in SUITES.values() for suite in suites])
def test_a_package_never_lacks_what_it_brings(suite: str) -> None:
    release = inventory(suite)
    system = f"{release.system} {suite}"
    for row in release._rows[::97]:
        name, _, _, programs, libraries, _ = row.split("|")
        if name in release.packages:
            continue
        contents = PackageContents(system, (name,), with_recommended=False)
        assert [one for one in programs.split() if contents.lacks(f"/usr/bin/{one}")] == [], name
        assert [one for one in libraries.split() if contents.lacks(f"/usr/lib/x86_64-linux-gnu/{one}")] == []


def test_more_packages_never_lack_more() -> None:
    few = PackageContents("debian bookworm", ("curl",))
    more = PackageContents("debian bookworm", ("curl", "git", "ffmpeg"))
    names = [f"/usr/bin/{name}" for name in ("curl", "git", "ffmpeg", "jq", "perl", "no-such-program")]
    assert {path for path in names if more.lacks(path)} <= {path for path in names if few.lacks(path)}


def test_a_name_that_nobody_knows_is_left_open() -> None:
    assert not PackageContents("debian bookworm", ("curl",)).lacks("/usr/bin/no-such-program")
    assert not PackageContents("debian bookworm", ("no-such-package",)).lacks("/usr/bin/git")
    assert not PackageContents("alpine", ("curl",)).lacks("/usr/bin/git")
    assert PackageContents("debian bookworm", ("curl",)).lacks("/usr/local/bin/no-such-program")


def test_package_managers_of_languages() -> None:
    contents = LanguageContents("debian bookworm", ("dumb-init", "yt-dlp"))
    assert contents.lacks("/usr/bin/curl")
    assert contents.lacks("/usr/local/bin/git")
    for name in ("python3", "cmake", "node", "dumb-init", "yt-dlp", "no-such-program"):
        assert not contents.lacks(f"/usr/local/bin/{name}"), name


def test_accounts() -> None:
    assert PackageContents("debian bookworm", ("curl",)).accounts() == frozenset()
    assert PackageContents("debian bookworm", ("no-such-package",)).accounts() is None
    assert PackageContents("alpine", ()).accounts() is None
    image = contents_of(bundled().base_image("python:3.12-slim"))
    assert image is not None
    assert ("www-data", 33, 33, "/var/www") in image.users()
    assert "web" not in (image.accounts() or ())


def test_packages_that_are_surely_absent() -> None:
    assert is_absent_package("debian bookworm", "curl")
    assert not is_absent_package("debian bookworm", "bash")
    assert not is_absent_package("debian bookworm", "no-such-package")
    assert may_bring_package("debian bookworm", ("build-essential",), "gcc")
    assert not may_bring_package("debian bookworm", ("curl",), "gcc")
    assert packages_with("debian bookworm", "curl")[0] == "curl"
    assert packages_with("debian bookworm", "ps")[0] == "procps"
    assert packages_with("alpine", "curl") == ()
    assert origin_of("debian bookworm").startswith("Debian's archive, 20")


def test_every_package_of_a_row_exists() -> None:
    for row in bundled().base_images.images:
        for name in row.packages or ():
            releases = [inventory(suite) for suites in SUITES.values() for suite in suites]
            assert any(one.is_known(name) for one in releases), f"{row.id}: {name}"
