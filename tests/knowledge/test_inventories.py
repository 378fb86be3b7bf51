"""The inventories of distributions: what is looked up is what the files say, and a broken file is told."""

from __future__ import annotations

import pytest

from dfguard.core.errors import PackError
from dfguard.knowledge.inventories import SUITES, Inventory, inventories, inventory

ALL = [suite for suites in SUITES.values() for suite in suites]
SMALL = """\
{"system": "debian", "as_of": "2026-01-01", "source": "s", "alternatives": ["vi"]}
base-files bash
bash cat
root:0:0:/root
root:0 staff:50
data-only
editor-api=vimmer
a-tool|2|1|a-tool||
extra||?|extra||ux
libx||3|x-config|libx.so.1|d
vimmer|||vimmer||lu:_vim:vimmer
"""


@pytest.mark.parametrize("suite", ALL)
def test_what_every_minimal_image_has(suite: str) -> None:
    release = inventory(suite)
    assert {"bash", "apt", "dpkg", "coreutils", "libc6"} <= release.packages
    assert {"sh", "bash", "cat", "apt-get", "useradd", "["} <= release.programs
    assert not {"curl", "wget", "git", "python3", "sudo", "unzip", "gcc"} & release.programs
    assert ("root", 0, 0, "/root") in release.users
    assert ("www-data", 33) in release.groups
    assert "libc.so.6" in release.libraries


def test_what_differs_between_releases() -> None:
    has_adduser = {suite: "adduser" in inventory(suite).programs for suite in ALL}
    assert has_adduser == {
        "trixie": False,
        "bookworm": True,
        "bullseye": True,
        "noble": False,
        "jammy": True,
        "focal": True,
    }
    assert [suite for suite in ALL if "ps" in inventory(suite).programs] == ["noble", "jammy", "focal"]
    assert ("ubuntu", 1000, 1000, "/home/ubuntu") in inventory("noble").users
    assert all(user[0] != "ubuntu" for user in inventory("jammy").users)


@pytest.mark.parametrize("suite", ALL)
@pytest.mark.parametrize(
    ("package", "programs"),
    [
        ("curl", "curl"),
        ("build-essential", "gcc g++ make cc c++ ld dpkg-source"),
        ("python3-pip", "pip3 python3"),
        ("default-jdk-headless", "java javac"),
        ("openssh-client", "ssh scp ssh-keygen"),
        ("iproute2", "ip ss"),
        ("netcat-openbsd", "nc"),
        ("php-cli", "php"),
        ("postgresql-client", "psql pg_dump"),
    ],
)
def test_a_package_brings_what_it_needs(suite: str, package: str, programs: str) -> None:
    brought = inventory(suite).brought([package], with_recommended=False)
    assert brought is not None
    assert {*programs.split()} <= brought.programs
    assert "ffmpeg" not in brought.programs


def test_recommended_packages_are_apart() -> None:
    release = inventory("bookworm")
    alone = release.brought(["curl"], with_recommended=False)
    with_all = release.brought(["curl"], with_recommended=True)
    assert alone is not None
    assert with_all is not None
    assert "update-ca-certificates" in with_all.programs - alone.programs


def test_accounts_of_packages() -> None:
    release = inventory("bookworm")
    client = release.brought(["openssh-client"], with_recommended=False)
    assert client is not None
    assert client.accounts is not None
    assert "_ssh" in client.accounts
    quiet = release.brought(["curl", "git"], with_recommended=False)
    assert quiet is not None
    assert quiet.accounts == frozenset()


def test_an_unknown_package_leaves_all_open() -> None:
    assert inventory("bookworm").brought(["curl", "no-such-package"], with_recommended=False) is None
    assert not inventory("bookworm").is_known("no-such-package")


@pytest.mark.parametrize(
    ("system", "suites"),
    [
        ("debian 12", ["bookworm"]),
        ("debian 12.5", ["bookworm"]),
        ("debian bookworm", ["bookworm"]),
        ("debian latest", ["trixie", "bookworm", "bullseye"]),
        ("debian ", ["trixie", "bookworm", "bullseye"]),
        ("ubuntu 22.04", ["jammy"]),
        ("ubuntu noble", ["noble"]),
        ("ubuntu 18.04", []),
        ("ubuntu latest", []),
        ("debian trixie-20251103", ["trixie"]),
        ("debian buster", []),
        ("alpine", []),
        ("", []),
    ],
)
def test_the_releases_that_a_system_may_be(system: str, suites: list[str]) -> None:
    assert [one.suite for one in inventories(system)] == suites


def test_a_small_one() -> None:
    small = Inventory("small", SMALL)
    found = small.brought(["a-tool"], with_recommended=False)
    assert found is not None
    assert found.programs == frozenset(["a-tool", "x-config"])
    assert found.libraries == frozenset(["libx.so.1"])
    assert found.accounts == frozenset()
    assert small.brought(["extra"], with_recommended=True) is None, "not all that it recommends is listed"
    plain = small.brought(["extra"], with_recommended=False)
    assert plain is not None
    assert plain.accounts is None, "its scripts were not read"
    assert "vi" in plain.programs, "they may make links that others make"
    named = small.brought(["editor-api"], with_recommended=False)
    assert named is not None
    assert named.accounts == frozenset(["_vim", "vimmer"])
    assert small.brought(["data-only", "bash"], with_recommended=True) is not None
    assert small.owners("x-config") == ("d",)
    assert small.owners("config") == ()
    assert small.packages_with("vimmer") == ("vimmer",)
    assert small.has_library("libx.so.1")
    assert not small.has_library("libx.so")
    assert small.closure(["a-tool"]) == frozenset({"a-tool", "libx", "extra", "vimmer"})


@pytest.mark.parametrize("text", ["", "{}", "not json\n\n", SMALL.replace('"as_of"', '"when"'), SMALL[:90]])
def test_a_broken_file_is_told(text: str) -> None:
    with pytest.raises(PackError, match=r"small\.txt:1: .*allowed"):
        Inventory("small", text)


@pytest.mark.parametrize("suite", ALL)
def test_rows_are_sorted_and_whole(suite: str) -> None:
    release = inventory(suite)
    names = [row.partition("|")[0] for row in release._rows]
    assert names == sorted(names)
    assert all(row.count("|") == 5 for row in release._rows)
