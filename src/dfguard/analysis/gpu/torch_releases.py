"""Installs of torch and of what belongs to it to those that do not fit each other, or that replace a torch that is there.

A release of torchvision, torchaudio or xformers needs one release of torch (rules/tables/gpu.yaml, `torch_rows`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.values import known
from dfguard.knowledge.versions import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.packaging.pip_calls import PipCall
    from dfguard.core.source import Place
    from dfguard.interp.state.model import Package, Step
    from dfguard.knowledge.packages import TorchRow

_ENVIRONMENTS = frozenset(
    """
    source . conda mamba micromamba virtualenv pyenv poetry pipenv pixi bash sh
    """.split()
)
_PLAIN_TOOLS = frozenset(["pip", "pip3", "python -m pip", "python3 -m pip", "uv", "uv pip"])
_TORCH = "torch"


class TornRow(Record):
    """Two releases that do not belong together, named `package` (at its place) and `other`. `needed` is the torch or
    companion that would fit. `is_refused`: pip finds no solution; else both get installed. `is_build`: the releases fit,
    their CUDA builds do not.
    """

    package: Package
    other: str
    other_place: Place | None
    needed: str
    is_refused: bool
    is_build: bool = False


class Replaced(Record):
    """A torch that is there (`old`, brought at `old_place`, None: by the base image) and that `package` replaces by `new`."""

    package: Package
    old: str
    old_place: Place | None
    new: str
    is_own: bool


class _There(Record):
    """A release that the stage holds at some call: its version and the install that brought it."""

    version: str
    package: Package | None = None


def torn_rows(
    calls: tuple[PipCall, ...], steps: tuple[Step, ...], rows: tuple[TorchRow, ...]
) -> Iterator[TornRow]:
    """The pairs that surely do not fit: in one call, or left behind by the last install of either."""
    for at, call in enumerate(calls):
        own = _pins(call)
        torch = own.get(_TORCH)
        for name, package in own.items():
            needed = _torch_for(name, _version(package), rows)
            if name == _TORCH or needed is None:
                continue
            if torch is not None:
                yield from _in_one_call(call, package, torch, needed)
            elif call.has_option("--no-deps") and not _names_later(calls, at, {_TORCH, name}):
                there = _before(call, calls[:at], _TORCH)
                if there is not None and not _is_same(there.version, needed):
                    yield TornRow(
                        package, f"torch {there.version}", _place(there), f"torch {needed}", is_refused=False
                    )
        if torch is not None and not _is_uninstalled(steps):
            yield from _left_behind(calls, at, torch, own, rows)


def _in_one_call(call: PipCall, package: Package, torch: Package, needed: str) -> Iterator[TornRow]:
    version, own = _version(torch), _version(package)
    if not _is_same(version, needed):
        refused = not call.has_option("--no-deps")
        yield TornRow(package, f"torch {version}", torch.place, f"torch {needed}", is_refused=refused)
        return
    build, other = own.partition("+")[2], version.partition("+")[2]
    if build.startswith("cu") and other.startswith("cu") and build != other and package.name != "xformers":
        yield TornRow(package, f"torch {version}", torch.place, f"+{other}", is_refused=False, is_build=True)


def _left_behind(
    calls: tuple[PipCall, ...], at: int, torch: Package, own: dict[str, Package], rows: tuple[TorchRow, ...]
) -> Iterator[TornRow]:
    """What was made for another torch and stays: pip changes the torch alone, and warns."""
    version = _version(torch)
    for name in ("torchvision", "torchaudio"):
        there = _before(calls[at], calls[:at], name) if name not in own else None
        if there is None or there.package is None or _names_later(calls, at, {_TORCH, name}):
            continue
        needed = _torch_for(name, there.version, rows)
        if needed is not None and not _is_same(needed, version):
            other = f"{name} {there.version}"
            yield TornRow(torch, other, there.package.place, f"torch {needed}", is_refused=False)


def replaced_torches(calls: tuple[PipCall, ...], rows: tuple[TorchRow, ...]) -> Iterator[Replaced]:
    """The installs that surely put another torch in the place of one that is there: they pin one themselves (`is_own`), or a
    companion of another one.
    """
    for at, call in enumerate(calls):
        if call.has_option("--no-deps", "--target", "-t", "--prefix", "--root", "--user", "--python"):
            continue
        there = _before(call, calls[:at], _TORCH)
        if there is None:
            continue
        own = _pins(call)
        torch = own.get(_TORCH)
        if torch is not None:
            if not _is_same(_version(torch), there.version):
                yield Replaced(torch, there.version, _place(there), _version(torch), is_own=True)
            continue
        if any(package.name == _TORCH for package in call.packages):
            continue
        for name, package in own.items():
            needed = _torch_for(name, _version(package), rows)
            if needed is not None and not _is_same(needed, there.version):
                yield Replaced(package, there.version, _place(there), needed, is_own=False)
                break


def _pins(call: PipCall) -> dict[str, Package]:
    """What the call surely installs in one known release."""
    return {p.name: p for p in call.packages if _version(p) and p.is_certain}


def _version(package: Package) -> str:
    """The release that is pinned, empty when none is."""
    text = package.specifier.strip()
    version = text.lstrip("=").strip()
    is_exact = text.startswith("==") and package.url is None and not package.is_constraint
    return version if is_exact and version and not set(version) & set(" ,*;<>!=~$") and key(version) else ""


def _is_same(version: str, other: str) -> bool:
    return key(version) == key(other)


def _torch_for(name: str, version: str, rows: tuple[TorchRow, ...]) -> str | None:
    """The torch that a release of a companion needs; None when no row has it."""
    found = (
        row.torch for row in rows for n, v in row.companions if n == name and version and _is_same(v, version)
    )
    return next(found, None)


def _place(there: _There) -> Place | None:
    return there.package.place if there.package else None


def _before(call: PipCall, earlier: tuple[PipCall, ...], name: str) -> _There | None:
    """The release that the stage surely holds when the call runs, in the same environment: that of the last install that
    names it, else the base image's.
    """
    if _may_be_elsewhere(call):
        return None
    for other in reversed(earlier):
        if other.step.stage != call.step.stage:
            return None
        found = [package for package in other.packages if package.name == name]
        if found:
            package = found[-1]
            is_here = package.is_certain and package.tool == _tool(call) and not _may_be_elsewhere(other)
            return _There(_version(package), package) if is_here and _version(package) else None
    base = call.step.before.base
    version = dict(base.distributions).get(name, "") if base else ""
    is_kept = not any(package.name == name and not package.is_constraint for package in call.earlier)
    return _There(version) if version and is_kept and _tool(call) in _PLAIN_TOOLS else None


def _tool(call: PipCall) -> str:
    return call.packages[0].tool if call.packages else ""


def _may_be_elsewhere(call: PipCall) -> bool:
    runs = call.step.effects.commands
    return any(
        run.name.rpartition("/")[2] in _ENVIRONMENTS or "venv" in {known(word) for word in run.words[1:]}
        for run in runs
    )


def _names_later(calls: tuple[PipCall, ...], at: int, names: set[str]) -> bool:
    """Whether a later install of the stage names one of these, or may."""
    stage = calls[at].step.stage
    later = (call for call in calls[at + 1 :] if call.step.stage == stage)
    return any(not call.are_all_known or any(p.name in names for p in call.packages) for call in later)


def _is_uninstalled(steps: tuple[Step, ...]) -> bool:
    return any(
        "uninstall" in {known(word) for word in run.words} for step in steps for run in step.effects.commands
    )
