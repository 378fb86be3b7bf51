"""Wheels that the build installs by file or address to the tags in their names that do not fit the stage.

Source: packaging.python.org/en/latest/specifications/binary-distribution-format, platform-compatibility-tags.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.record import Record
from dfguard.interp.python.versions import PYTHON_MANAGERS, How, Versions, newest_is, version_of
from dfguard.interp.state.model import Failure
from dfguard.knowledge.versions import overlap, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place
    from dfguard.interp.state.model import CommandRun, Package, Step
    from dfguard.knowledge.model import Knowledge

_SHORTEST, _LONGEST = 5, 6


class Clash(Record):
    """One thing that a wheel is made for (`Python 3.10`) and what the stage has (`Python 3.12`), decided at `decided_at`."""

    wanted: str
    present: str
    is_certain: bool = False
    decided_at: Place | None = None


class WrongWheel(Record):
    """A wheel that does not fit. `file` is its name."""

    package: Package
    file: str
    clashes: tuple[Clash, ...]

    @property
    def is_certain(self) -> bool:
        """Whether one of the clashes is beyond doubt."""
        return any(clash.is_certain for clash in self.clashes)


def wrong_wheels(steps: Iterable[Step], knowledge: Knowledge) -> Iterator[WrongWheel]:
    """The wheels named by file or address whose tags clash with the stage; what may be a second try is left out."""
    for step in steps:
        named = [(p, p.url) for p in step.after.packages if p.url and p.manager in PYTHON_MANAGERS]
        for package, url in named:
            if package in step.before.packages:
                continue
            from urllib.parse import unquote  # importing it takes 3 ms

            file = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
            run = _command_of(package, step)
            if not file.endswith(".whl") or (run is not None and run.failure is not Failure.FATAL):
                continue
            clashes = tuple(_clashes(file, package, step, knowledge))
            if clashes:
                yield WrongWheel(package, file, clashes)


def _command_of(package: Package, step: Step) -> CommandRun | None:
    runs = (run for run in step.effects.commands if run.place.source is package.place.source)
    return next((run for run in runs if run.place.span.touches(package.place.span)), None)


def _clashes(file: str, package: Package, step: Step, knowledge: Knowledge) -> Iterator[Clash]:
    parts = file.removesuffix(".whl").split("-")
    if not _SHORTEST <= len(parts) <= _LONGEST:
        return
    pythons, abi, platforms = (part.split(".") for part in parts[-3:])
    yield from _python_clash(pythons, abi, package, step)
    yield from _platform_clash(platforms, step)
    for tag in knowledge.gpu.wheel_tags:
        found = _compiled(tag.pattern).fullmatch(file)
        if found is not None:
            yield from _torch_clashes(found.groupdict(), step, knowledge)
            return


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _python_clash(tags: list[str], abi: list[str], package: Package, step: Step) -> Iterator[Clash]:
    version = _interpreter(package, step)
    if version is None or any(_takes(version, tag, is_stable="abi3" in abi) for tag in tags):
        return
    named = [f"Python {tag[2]}.{tag[3:]}" for tag in tags if len(tag) > 3 and tag[2:].isdigit()]
    is_certain = package.is_certain and package.tool.rpartition("/")[2] != "uv"
    yield Clash(" or ".join(named) or tags[0], f"Python {version[0]}.{version[1]}", is_certain)


def _takes(version: tuple[int, int], tag: str, *, is_stable: bool) -> bool:
    kind, major, minor = tag[:2], tag[2:3], tag[3:]
    if kind not in {"py", "cp"} or major != str(version[0]):
        return False
    if not is_number(minor):
        return True
    is_minimum = kind == "py" or is_stable
    return int(minor) <= version[1] if is_minimum else int(minor) == version[1]


def _interpreter(package: Package, step: Step) -> tuple[int, int] | None:
    """The version of the Python whose pip is called; None for pips of environments that are not known."""
    if any("conda" in word or "mamba" in word for word in step.before.shell):
        return None
    run = _command_of(package, step)
    if run is not None and (
        run.wrappers or any(name in {"PATH", "VIRTUAL_ENV"} for name, _ in run.environment)
    ):
        return None
    folder, _, name = package.tool.rpartition("/")
    named = re.search(r"(\d)\.(\d+)$", name)
    if named:
        return int(named[1]), int(named[2])
    words = [f"{folder}/{word}" if folder else word for word in ("python", "python3")]
    found = (version_of(step.before, word) for word in (*words, "python", "python3"))
    return next((version for version in found if version is not None), None)


def _platform_clash(tags: list[str], step: Step) -> Iterator[Clash]:
    if all(tag.startswith("win") for tag in tags):
        yield Clash("Windows", "Linux", is_certain=True)
    elif all(tag.startswith("macosx") for tag in tags):
        yield Clash("macOS", "Linux", is_certain=True)
    elif all(tag.startswith(("manylinux", "linux")) for tag in tags):
        system = step.before.base.system if step.before.base else ""
        if system.startswith("alpine"):
            yield Clash("glibc", "musl (Alpine)", is_certain=True)


def _torch_clashes(found: dict[str, str | None], step: Step, knowledge: Knowledge) -> Iterator[Clash]:
    state = step.after
    torch = Versions(state.packages, state.base, knowledge).of("torch")
    wanted = _release(found.get("torch"))
    if wanted:
        is_decided = torch.how in {How.PINNED, How.RANGED, How.BASE} and bool(torch.range)
        if is_decided and overlap(torch.range, f"=={wanted}.*") is False:
            yield Clash(
                f"torch {wanted}",
                f"torch {torch.version or torch.range}",
                is_certain=True,
                decided_at=torch.place,
            )
        elif torch.how is How.UNPINNED and not newest_is(torch, knowledge, f"=={wanted}.*"):
            yield Clash(f"torch {wanted}", "the newest torch", decided_at=torch.place)
    yield from _cuda_clash(found.get("cuda") or "", torch.range, torch.how, step)
    abi = found.get("abi")
    rows = (row for row in knowledge.gpu.abi if torch.version and within(torch.range, row.versions))
    row = next(rows, None)
    if abi and row is not None and row.abi != (abi == "TRUE"):
        yield Clash(f"cxx11abi{abi}", f"torch {torch.version} with the other one", decided_at=torch.place)


def _cuda_clash(cuda: str, torch: str, how: How, step: Step) -> Iterator[Clash]:
    """The major version of CUDA: that of torch's local version (`+cu121`), or of a base image that brings torch."""
    local = re.search(r"\+cu(\d\d)", torch)
    base = step.before.base
    own = local[1] if local else (base.cuda.partition(".")[0] if base and how is How.BASE else "")
    if cuda[:2].isdigit() and own and own != cuda[:2]:
        yield Clash(f"CUDA {cuda[:2]}", f"CUDA {own}", is_certain=True)


def _release(text: str | None) -> str:
    """`2.4`, `2.4.1`, `24` and `240` as `2.4`; empty for what is none of these."""
    if not text:
        return ""
    parts = text.split(".")
    if len(parts) > 1:
        return f"{parts[0]}.{parts[1]}"
    if len(text) == 2 or (len(text) == 3 and text[1] != "1"):
        return f"{text[0]}.{text[1]}"
    return f"{text[0]}.{text[1:3]}" if len(text) in (3, 4) else ""
