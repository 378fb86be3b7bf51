"""Where reports go: files are replaced whole, pipes and devices stay what they are, and no link leads out."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dfguard.cli.init import run_init
from dfguard.cli.output import write_output
from dfguard.core.errors import InputError
from dfguard.discover.files import write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links as POSIX has them")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:12\n")
    monkeypatch.chdir(folder)
    return folder


def test_a_file_is_made_and_replaced_with_its_permissions(repository: Path) -> None:
    write_output("report", b"1")
    (repository / "report").chmod(0o640)
    write_output("report", b"2")
    assert (repository / "report").read_bytes() == b"2"
    assert stat.S_IMODE((repository / "report").stat().st_mode) == 0o640
    assert sorted(p.name for p in repository.iterdir()) == [".git", "Dockerfile", "report"]


@posix
def test_another_name_of_the_same_file_keeps_its_content(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"kept")
    (repository / "report").hardlink_to(tmp_path / "outside")
    write_output("report", b"new")
    assert ((tmp_path / "outside").read_bytes(), (repository / "report").read_bytes()) == (b"kept", b"new")


@posix
def test_a_pipe_is_written_to(repository: Path) -> None:
    os.mkfifo(repository / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((repository / "pipe").read_bytes()))
    reader.start()
    write_output("pipe", b"x" * 300_000)
    reader.join(timeout=20)
    assert read == [b"x" * 300_000]
    assert stat.S_ISFIFO((repository / "pipe").stat().st_mode)


@posix
def test_a_device_is_written_to_and_stays(repository: Path) -> None:
    device = repository / "device"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.close(os.open(device, os.O_WRONLY))
    except OSError:
        pytest.skip("devices can be made by root alone, and not everywhere")
    write_output("device", b"gone")
    assert stat.S_ISCHR(device.stat().st_mode)


@posix
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_nothing_but_a_regular_file_is_ever_replaced(make: object, repository: Path) -> None:
    assert callable(make)
    make(repository / "place")
    before = (repository / "place").stat()
    with pytest.raises(InputError, match="not a regular file"):
        write_atomically("place", b"x")
    assert (repository / "place").stat().st_ino == before.st_ino
    assert sorted(p.name for p in repository.iterdir()) == [".git", "Dockerfile", "place"]


def test_a_folder_is_refused(repository: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_output(".", b"x")


@posix
@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing"])
@pytest.mark.parametrize("through", ["report", "reports/new"], ids=["a link", "below a link"])
def test_a_link_out_of_the_repository_is_not_followed(
    through: str, repository: Path, tmp_path: Path, *, is_there: bool
) -> None:
    if "/" in through:
        (tmp_path / "outside").mkdir()
        (repository / "reports").symlink_to(tmp_path / "outside")
        victim = tmp_path / "outside" / "new"
    else:
        victim = tmp_path / "victim"
        (repository / "report").symlink_to(victim)
    if is_there:
        victim.write_bytes(b"kept")
    with pytest.raises(InputError, match="leads out of the repository"):
        write_output(through, b"x")
    assert (victim.read_bytes() if is_there else victim.exists()) == (b"kept" if is_there else False)


@posix
def test_a_link_inside_the_repository_is_followed(repository: Path) -> None:
    (repository / "report").symlink_to("real")
    write_output("report", b"x")
    assert (repository / "report").is_symlink()
    assert (repository / "real").read_bytes() == b"x"


@posix
def test_a_path_outside_is_taken_when_it_is_named(repository: Path, tmp_path: Path) -> None:
    write_output(str(tmp_path / "report"), b"x")
    write_output("../report2", b"y")
    assert ((tmp_path / "report").read_bytes(), (tmp_path / "report2").read_bytes()) == (b"x", b"y")


@posix
def test_init_follows_no_link_out_of_the_repository(repository: Path, tmp_path: Path) -> None:
    (repository / "dfguard.yaml").symlink_to(tmp_path / "victim")
    (tmp_path / "victim").write_text("kept")
    assert run_init(None, overwrites=True) == 2
    assert (tmp_path / "victim").read_text() == "kept"


def _check(repository: Path, output: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "dfguard", "check", "--no-cache", "--format", "json", "--output", output]
    return subprocess.run(words, cwd=repository, check=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


@posix
@pytest.mark.parametrize(("name", "stream"), [("/dev/stdout", "stdout"), ("/dev/fd/2", "stderr")])
def test_open_files_can_be_named(name: str, stream: str, repository: Path) -> None:
    done = _check(repository, name, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert getattr(done, stream).startswith(b"{")
    assert b"" in (done.stdout, done.stderr)


@posix
def test_standard_output_that_is_a_file_gets_the_report_after_what_is_in_it(repository: Path) -> None:
    with (repository / "log").open("wb") as log:
        log.write(b"before\n")
        log.flush()
        _check(repository, "/dev/stdout", stdout=log)
    assert (repository / "log").read_bytes().startswith(b"before\n{")


@posix
def test_a_reader_that_left_is_no_mistake(repository: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = _check(repository, "/dev/stdout", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.stderr == b""
