"""Large input takes proportionally more work, counted in calls, and no folder of a context is listed twice."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIMES = 4
TOLERANCE = 1.25


def _checked(folder: Path, text: str) -> None:
    (folder / "Dockerfile").write_text(text)
    read = read_plainly(
        [str(folder / "Dockerfile"), "--no-cache", "--output", str(folder / "said"), "--maybe"]
    )
    assert read is not None
    assert run_check(*read) in (0, 1)


def _calls(folder: Path, text: str) -> int:
    """How many functions a check calls, those of the interpreter included."""
    count = 0

    def counting(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        _checked(folder, text)
    finally:
        sys.setprofile(None)
    return count


def _instructions(count: int) -> str:
    mix = (
        "RUN mkdir -p /opt/d{0} && echo {0} > /opt/f{0}\n",
        "RUN cp /opt/f{0} /opt/c{0}; ln -s /opt/c{0} /opt/l{0}\n",
        "COPY a.py /srv/a{0}.py\n",
        "ENV NAME{0}=v PATH=/opt/d{0}:$PATH\n",
        "ARG WORD{0}=w\n",
        "RUN if [ -f /opt/f{0} ]; then rm /opt/f{0}; fi\n",
        "WORKDIR /work/{0}\n",
    )
    return "FROM debian:12\n" + "".join(mix[n % len(mix)].format(n) for n in range(count))


def _stages(count: int) -> str:
    more = (
        f"FROM debian:12 AS s{n}\nCOPY --from=s{n - 1} /out /out\nRUN echo {n} > /out\n"
        for n in range(1, count)
    )
    return "FROM debian:12 AS s0\nRUN echo 0 > /out\n" + "".join(more)


def _names(count: int) -> str:
    words = (f"/d{n % 10}/n{n}" + (" \\\n" if n % 100 == 99 else " ") for n in range(count))
    return f"FROM debian:12\nRUN mkdir -p {''.join(words)}/end\n"


def _circle(count: int) -> str:
    links = "".join(f"RUN ln -s /l{(n + 1) % count} /l{n}\n" for n in range(count))
    return f"FROM scratch\n{links}RUN cat /l0/x > /l1/y\nCOPY a.py /l2/\n"


@pytest.mark.parametrize(
    ("make", "count"),
    [
        pytest.param(_instructions, 140, id="instructions"),
        pytest.param(_stages, 40, id="stages"),
        pytest.param(_names, 500, id="names for mkdir"),
        pytest.param(_circle, 60, id="links in a circle"),
    ],
)
def test_the_work_grows_like_the_input(make: Callable[[int], str], count: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)\n")
    _checked(tmp_path, make(count))
    few, many = _calls(tmp_path, make(count)), _calls(tmp_path, make(count * TIMES))
    assert many < few * TIMES * TOLERANCE


def test_what_is_beyond_all_measure_is_left_unknown(tmp_path: Path) -> None:
    few, many = _calls(tmp_path, _names(40_000)), _calls(tmp_path, _names(100_000))
    assert many < few * 2.5 * TOLERANCE


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each folder was listed."""
    counts: Counter[str] = Counter()
    listing, scanning = os.listdir, os.scandir

    def listdir(path: str) -> list[str]:
        counts[str(path)] += 1
        return listing(path)

    def scandir(path: str) -> object:
        counts[str(path)] += 1
        return scanning(path)

    monkeypatch.setattr(os, "listdir", listdir)
    monkeypatch.setattr(os, "scandir", scandir)
    return counts


@pytest.mark.parametrize(
    ("copy", "folders"),
    [
        pytest.param("COPY a.py /app/", 0, id="one file"),
        pytest.param("COPY . /app/", 60, id="everything"),
        pytest.param("COPY d1/*.py /app/", 1, id="a pattern in one folder"),
        pytest.param("COPY */*.py /app/\nCOPY */*.py /srv/", 30, id="a pattern in all folders, twice"),
    ],
)
def test_a_context_is_walked_only_as_far_as_a_copy_needs(
    copy: str, folders: int, tmp_path: Path, listed: Counter[str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("print(1)\n")
    for number in range(30):
        (tmp_path / f"d{number}" / "deep").mkdir(parents=True)
        (tmp_path / f"d{number}" / "b.py").write_text("print(2)\n")
    _checked(tmp_path, "FROM scratch\n")
    listed.clear()
    _checked(tmp_path, f"FROM python:3.12\n{copy}\n")
    inner = {path: count for path, count in listed.items() if f"{tmp_path}{os.sep}d" in path}
    assert len(inner) <= folders
    assert set(inner.values()) <= {1}
