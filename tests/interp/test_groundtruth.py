"""The simulator against real builds: whatever it claims of a path is true in the image; MAYBE is counted and printed."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dfguard.core.record import Record, replace
from dfguard.core.source import Source
from dfguard.disk import DiskContext
from dfguard.interp.build.build import play, target_of
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence
from dfguard.interp.filesystem.trees import walk
from dfguard.interp.reasons import sentence
from dfguard.interp.state.model import Failure, StageTrace
from dfguard.knowledge.images import Account, BaseImage, KnownPath
from dfguard.syntax.dockerfile.parser import parse
from groundtruth.case import ROOT, Case, read_cases, stage
from paper import image, world

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {"dir": EntryKind.DIRECTORY, "file": EntryKind.FILE, "link": EntryKind.LINK, "hard": EntryKind.FILE}
NAMES = {"dir": "directory", "link": "link"}
ENGINES_OWN = ("/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab")
MOST_MAYBE = 0.1
Rows = dict[str, dict[str, Any]]


@cache
def bases() -> dict[str, dict[str, Any]]:
    """The base images of the golden files by name."""
    found = [json.loads(path.read_text()) for path in sorted(ROOT.glob("base*.json"))]
    return {base["image"]: base for base in found}


def text_of(base: dict[str, Any], path: str) -> str:
    return next((row.get("text", "") for row in base["fs"] if row["path"] == path), "")


def base_image(name: str, base: dict[str, Any]) -> BaseImage:
    """A base image of which everything is known."""
    users = [line.split(":") for line in text_of(base, "/etc/passwd").splitlines()]
    groups = [line.split(":") for line in text_of(base, "/etc/group").splitlines()]
    environment = dict(text.split("=", 1) for text in base["config"].get("Env", ()))
    repository, _, tag = name.rpartition(":")
    return image(
        repository,
        environment,
        tag=tag,
        system="debian 13" if "gnu" in name else "busybox",
        command=tuple(base["config"].get("Cmd") or ()),
        is_complete=True,
        accounts=tuple(Account(u[0], int(u[2]), int(u[3]), u[5]) for u in users),
        groups=tuple((g[0], int(g[2])) for g in groups),
        paths=tuple(
            KnownPath(
                row["path"],
                NAMES.get(row["type"], "file"),
                row.get("to", ""),
                f"{row['uid']}:{row['gid']}",
                int(row["mode"], 8),
            )
            for row in base["fs"]
        ),
    )


@cache
def images() -> tuple[BaseImage, ...]:
    return tuple(base_image(name, base) for name, base in bases().items())


def options_of(case: Case) -> tuple[dict[str, str], str | None, str]:
    """Build arguments, target and Dockerfile of a case."""
    arguments: dict[str, str] = {}
    target, dockerfile = None, "Dockerfile"
    waiting = list(case.arguments)
    while waiting:
        name, equals, value = waiting.pop(0).partition("=")
        value = value if equals else waiting.pop(0)
        if name == "--build-arg":
            arguments[value.partition("=")[0]] = value.partition("=")[2]
        elif name == "--target":
            target = value
        elif name in ("--file", "-f"):
            dockerfile = value.removeprefix("{context}/")
    return arguments, target, dockerfile


@cache
def traces_of(case: Case, builder: str) -> tuple[tuple[StageTrace, ...], StageTrace | None]:
    """The case, played."""
    arguments, target, dockerfile = options_of(case)
    with tempfile.TemporaryDirectory() as folder:
        root = stage(case, Path(folder) / "context")
        where = world(*images(), target=target, arguments=arguments)
        context = DiskContext(str(root), dockerfile=str(root / dockerfile))
        where = replace(where, context=context, builder=builder)
        traces = play(parse(Source("Dockerfile", (root / dockerfile).read_text())), where)
        final = target_of(traces, where)
        if final is not None:
            for entry in walk(final.final.files, "/", limit=20_000):
                final.final.files.look(entry.path)
        return traces, final


class Verdict(Record):
    """What is wrong with the claims about one case, and how many there were."""

    wrong: tuple[str, ...]
    maybe: int
    claims: int


@cache
def verdict_of(case: Case, golden_name: str, builder: str) -> Verdict:
    """All claims about changed, removed and listed paths held against the golden file."""
    golden = json.loads((case.folder / golden_name).read_text())
    _, final = traces_of(case, builder)
    assert final is not None
    rows: Rows = {}
    if golden["base"] != "scratch":
        rows |= {row["path"]: row for row in bases()[golden["base"]]["fs"]}
    changed = [*golden["removed"], *(row["path"] for row in golden["fs"])]
    rows = {path: row for path, row in rows.items() if path not in golden["removed"]}
    rows |= {row["path"]: row for row in golden["fs"]}
    listed = [entry.path for entry in walk(final.final.files, "/", limit=20_000)]
    wrong: list[str] = []
    maybe = claims = 0
    for path in sorted({*changed, *listed, *rows}):
        if path not in rows and path.startswith(ENGINES_OWN):
            continue
        entry = final.final.files.look(path)
        counts = path in changed or path not in rows
        maybe += counts and entry.presence is Presence.MAYBE
        claims += counts and entry.presence is not Presence.MAYBE
        wrong += faults(entry, rows.get(path))
    return Verdict(tuple(wrong), maybe, claims)


def faults(entry: Entry, row: dict[str, Any] | None) -> Iterator[str]:
    """What is said of a path and is not so."""
    if entry.presence is Presence.MAYBE:
        return
    if (entry.presence is Presence.PRESENT) is not (row is not None):
        yield f"{entry.path} is said to be {entry.presence.value}: {sentence(entry.why)}"
        return
    if row is None:
        return
    kind = KINDS.get(row["type"])
    if kind is not None and entry.kind not in (kind, EntryKind.UNKNOWN):
        yield f"{entry.path} is said to be a {entry.kind.value}, it is a {row['type']}"
    claims: dict[str, tuple[object, object]] = {
        "owner": (entry.owner, f"{row['uid']}:{row['gid']}"),
        "mode": (entry.mode, int(row["mode"], 8)),
        "target": (entry.target if row["type"] == "link" else None, row.get("to")),
        "size": (entry.size if "size" in row else None, row.get("size")),
        "content": (entry.content.value if entry.content and "text" in row else None, row.get("text")),
    }
    for name, (claim, truth) in claims.items():
        is_claim = claim is not None and not (name == "owner" and not str(claim).replace(":", "").isdigit())
        if is_claim and claim != truth:
            yield f"{entry.path} is said to have the {name} {claim!r}, it has {truth!r}"


def works(case: Case, name: str) -> bool:
    path = case.folder / name
    return path.exists() and "fails" not in json.loads(path.read_text())


CASES = read_cases()
VOLUMES = [case for case in CASES if case.name.startswith("volume-")]
BUILDS = [
    *((case, "golden.json", "buildkit") for case in CASES if works(case, "golden.json")),
    *((case, "golden.legacy.json", "legacy") for case in VOLUMES if works(case, "golden.legacy.json")),
]
"""The old builder is known for what it does with volumes, and for nothing else."""


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: f"{build[0].name}-{build[2]}")
def test_claims_are_true_in_the_real_image(build: tuple[Case, str, str]) -> None:
    assert verdict_of(*build).wrong == ()


def alarms(traces: tuple[StageTrace, ...]) -> Iterator[str]:
    """What is said to end the build."""
    for trace in traces:
        for step in trace.steps if trace.is_shipped else ():
            line = step.instruction.line
            yield from (f"line {line}: {fault.message}" for fault in step.refusals)
            for copied in step.effects.copies:
                if copied.is_missing:
                    yield f"line {line}: {copied.pattern} is missing"
            for run in step.effects.commands:
                if run.fails_because and run.failure is Failure.FATAL and run.is_certain:
                    yield f"line {line}: {run.name} fails: {run.fails_because}"


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: f"{build[0].name}-{build[2]}")
def test_nothing_is_said_to_end_a_build_that_works(build: tuple[Case, str, str]) -> None:
    case, _, builder = build
    assert list(alarms(traces_of(case, builder)[0])) == []


def test_maybe_is_rare(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = [verdict_of(*build) for build in BUILDS]
    maybe, claims = sum(v.maybe for v in verdicts), sum(v.claims for v in verdicts)
    failing = [case for case in CASES if not works(case, "golden.json")]
    foreseen = [case for case in failing if list(alarms(traces_of(case, "buildkit")[0]))]
    with capsys.disabled():
        share = maybe / (maybe + claims)
        print(f"\nground truth: {len(BUILDS)} builds, {claims} claims, {maybe} maybe ({share:.1%})")  # noqa: T201
        print(f"ground truth: {len(foreseen)} of {len(failing)} failing builds foreseen")  # noqa: T201
    assert maybe / (maybe + claims) <= MOST_MAYBE
