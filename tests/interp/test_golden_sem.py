"""The play against what BuildKit's own converter made of the same files (fixtures/golden/golden_sem.json).

Compared: environment, arguments, working directory and user of every RUN, its mounts, the directories that WORKDIR
makes and their owner, the image's configuration, undefined variables, and whether BuildKit refuses the file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dfguard.interp.build.bases import DEFAULT_SHELL
from dfguard.interp.build.process_instructions import run_words
from dfguard.interp.state.model import MountKind
from dfguard.interp.values import Unknown, known
from dfguard.syntax.dockerfile.directives import CheckOptions, check_options
from paper import image, played, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.state.model import BuildState, ProcessCommand, RunMount, StageTrace, Step
    from dfguard.syntax.dockerfile.document import Instruction

GOLDEN: dict[str, dict[str, Any]] = json.loads(Path("fixtures/golden/golden_sem.json").read_text("utf-8"))
STUB = {"PATH": "/usr/bin", "BASEVAR": "base"}
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def traces(case: dict[str, Any]) -> list[StageTrace]:
    images = [image(name, STUB, top_level=("usr",)) for name in ("base", "alpine", "0")]
    arguments = dict(argument.split("=", 1) for argument in case["build_args"])
    found = played(
        case["dockerfile"], world(*images, context={"f": "", "a": "", "b": ""}, arguments=arguments)
    )
    return [trace for trace in found if trace.is_shipped]


def steps(case: dict[str, Any], *keywords: str) -> Iterator[tuple[Step, StageTrace]]:
    for trace in traces(case):
        for step in trace.steps:
            if step.instruction.keyword in keywords:
                yield step, trace


def texts(listed: str) -> list[str]:
    """A list as Go prints it with %q."""
    return [json.loads(text) for text in TEXT.findall(listed)]


def environment(step: Step) -> list[str]:
    sockets = [mount.target for mount in step.effects.mounts if mount.kind is MountKind.SSH]
    given = [
        f"{name}={known(value)}"
        for name, value in step.before.build_environment
        if not isinstance(value, Unknown)
    ]
    return given + [f"SSH_AUTH_SOCK={socket}" for socket in sockets[:1]]


def mount(given: RunMount) -> dict[str, Any]:
    options = dict(given.options)
    is_made = given.kind is MountKind.CACHE and {"uid", "gid", "mode"} & {*options}
    return {
        "dest": given.target,
        "type": given.kind.value,
        "ro": given.is_read_only if given.kind not in {MountKind.SECRET, MountKind.SSH} else False,
        "selector": "/cache" if is_made else given.source or "",
        "id": given.identifier if given.kind in {MountKind.CACHE, MountKind.SECRET} else None,
        "sharing": options.get("sharing"),
    }


def golden_mount(line: str) -> dict[str, Any]:
    found = re.match(r'  MOUNT dest=(\S+) type=(\S+) ro=(\S+) selector="(.*?)"', line)
    assert found
    identifier, sharing = re.search(r'ID:"(.*?)"', line), re.search(r"sharing:(\w+)", line)
    is_cache = found[2] == "CACHE"
    return {
        "dest": found[1],
        "type": found[2].lower(),
        "ro": found[3] == "true",
        "selector": found[4],
        "id": identifier and identifier[1][1 if is_cache else 0 :],
        "sharing": sharing and sharing[1].lower(),
    }


def runs(case: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for step, _ in steps(case, "RUN"):
        network = step.instruction.flag("network")
        found.append(
            {
                "args": [*run_words(step.instruction, step.before.shell)],
                "env": environment(step),
                "cwd": known(step.before.workdir),
                "user": known(step.before.user),
                "net": (network and network.value and network.value.value.upper()) or "UNSET",
                "mounts": sorted(
                    (mount(m) for m in step.effects.mounts if m.target), key=lambda m: m["dest"]
                ),
                "secrets": [(m.identifier, m.environment) for m in step.effects.mounts if m.environment],
            }
        )
    return sorted(found, key=repr)


def golden_runs(lines: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        run = re.match(r'EXEC args=(\[.*\]) env=(\[.*\]) cwd=(.*) user="(.*)" net=(\w+)$', line)
        if run:
            args, env, cwd, user, net = run.groups()
            found.append({"args": texts(args), "env": texts(env), "cwd": cwd, "user": user, "net": net})
            found[-1] |= {"mounts": [], "secrets": []}
        elif line.startswith("  MOUNT") and not re.match(r"  MOUNT dest=(/|/dev/pipes/) ", line):
            found[-1]["mounts"].append(golden_mount(line))
        elif line.startswith("  SECRETENV"):
            identifier, name = texts(line)
            found[-1]["secrets"].append((identifier, name))
    for one in found:
        one["mounts"].sort(key=lambda m: m["dest"])
    return sorted(found, key=repr)


def directories(case: dict[str, Any]) -> list[str]:
    made = []
    for step, _ in steps(case, "WORKDIR"):
        user = known(step.before.user)
        owner = f'user:{{byName:{{name:"{user}"}}}}' if user else "<nil>"
        made += [f'MKDIR "{write.path}" mode=755 owner={owner}' for write in step.effects.writes]
        entry = step.after.files.look(known(step.after.workdir) or "")
        assert (entry.mode, entry.owner) == (0o755, f"{user}:{user}" if user else "0:0")
    return sorted(made)


def process(given: ProcessCommand | None) -> list[str] | None:
    return [*given.words] if given else None


def health(given: ProcessCommand | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return {"Test": ["CMD-SHELL", given.words[-1]] if given.is_shell_form else ["CMD", *given.words]}


def config(state: BuildState) -> dict[str, Any]:
    variables = [f"{name}={known(variable.value)}" for name, variable in state.environment.variables]
    return {
        "Env": variables,
        "User": known(state.user),
        "Entrypoint": process(state.entrypoint),
        "Cmd": process(state.command),
        "WorkingDir": known(state.workdir),
        "Healthcheck": health(state.healthcheck),
        "Shell": [*state.shell],
        "Labels": {name: known(value) for name, value in state.labels},
        "Volumes": sorted(path for path, _ in state.volumes),
        "ExposedPorts": sorted(state.ports),
        "StopSignal": state.stop_signal,
    }


def golden_config(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "Env": given["Env"],
        "User": given.get("User", ""),
        "Entrypoint": given.get("Entrypoint"),
        "Cmd": given.get("Cmd"),
        "WorkingDir": given.get("WorkingDir", "/"),
        "Healthcheck": given.get("Healthcheck"),
        "Shell": given.get("Shell", [*DEFAULT_SHELL]),
        "Labels": given.get("Labels", {}),
        "Volumes": sorted(given.get("Volumes", {})),
        "ExposedPorts": sorted(given.get("ExposedPorts", {})),
        "StopSignal": given.get("StopSignal"),
    }


def is_skipped(instruction: Instruction, text: str) -> bool:
    comments = [comment.text.value.strip() for comment in instruction.comments] + [
        text.split("\n", maxsplit=1)[0][2:]
    ]
    options = [check_options(c.removeprefix("check=")) for c in comments if c.startswith("check=")]
    return any(isinstance(each, CheckOptions) and "UndefinedVar" in each.skip for each in options)


def undefined(case: dict[str, Any]) -> list[tuple[int, str, str]]:
    found = []
    for trace in traces(case):
        for step in trace.steps:
            is_own = any(step.instruction is own for own in trace.stage.instructions)
            line = (step.instruction if is_own else trace.stage.from_instruction).line
            if not is_skipped(step.instruction, case["dockerfile"]):
                found += [(line, each.name, each.suggestion) for each in step.undefined]
    return sorted(found)


def golden_undefined(lines: list[str]) -> list[tuple[int, str, str]]:
    pattern = (
        r"WARN UndefinedVar line (\d+): Usage of undefined variable '\$(\w+)'(?: \(did you mean \$(\w+)\?\))?"
    )
    found = (re.match(pattern, line) for line in lines)
    return sorted((int(each[1]), each[2], each[3] or "") for each in found if each)


def refusals(case: dict[str, Any]) -> list[str]:
    found = [fault for trace in traces(case) for fault in trace.refusals]
    found += [fault for trace in traces(case) for step in trace.steps for fault in step.refusals]
    return [fault.message for fault in found]


@pytest.mark.parametrize("name", GOLDEN)
def test_agrees_with_buildkit(name: str) -> None:
    case, lines = GOLDEN[name], GOLDEN[name]["buildkit"]
    assert undefined(case) == golden_undefined(lines)
    if any(line.startswith("ERROR") for line in lines):
        assert refusals(case) != []
        return
    assert refusals(case) == []
    assert runs(case) == golden_runs(lines)
    made = [line for line in lines if line.startswith("MKDIR") and '"/cache"' not in line]
    assert directories(case) == sorted(made)
    (expected,) = (json.loads(line[7:]) for line in lines if line.startswith("CONFIG"))
    assert config(traces(case)[-1].final) == golden_config(expected)


def test_holds_every_case() -> None:
    assert len(GOLDEN) == 54
