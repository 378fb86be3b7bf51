"""The words of a command to what they start: a Python file, module or served application, a shell script, a shell text.

Programs that only start another one (tini, env, timeout, an entrypoint script that ends in `exec "$@"`) are peeled off.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.values import Known, known, prefix_of, rest_of
from dfguard.knowledge.packs import bundled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.values import Value
    from dfguard.knowledge.model import Knowledge
    from dfguard.knowledge.wrappers import Wrapper

Words = tuple["Value", ...]


class LaunchKind(Enum):
    """What is started."""

    PYTHON_FILE = "python file"
    PYTHON_MODULE = "python module"
    PYTHON_CODE = "python -c"
    PYTHON_INPUT = "python -"
    APPLICATION = "application"
    SHELL_FILE = "shell file"
    SHELL_TEXT = "sh -c"
    FILE = "file"


class Launch(Record):
    """One start. `target` is the file, module (`pkg.mod`), application (`pkg.mod:app`), code or shell text; `index` the
    position of its word; `words` the arguments behind it; `program` the word that starts it (the interpreter);
    `environment` what `env NAME=value` in front adds.
    """

    kind: LaunchKind
    target: Value
    words: Words
    program: str
    index: int
    environment: tuple[tuple[str, Value], ...] = ()
    is_script: bool = True


_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_MOST_WRAPPERS = 12
_PYTHON_VALUES = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_LAUNCHERS = {"accelerate": ("launch",), "torchrun": (), "deepspeed": ()}
"""Programs that run a Python file in several processes, with the sub-command they need."""
_LAUNCHER_VALUES = frozenset(
    {
        "--config_file", "--num_processes", "--num_machines", "--mixed_precision", "--main_process_port", "--gpu_ids",
        "--nproc_per_node", "--nproc-per-node", "--nnodes", "--master_port", "--master_addr", "--node_rank", "--num_gpus",
        "--include",
    }
)  # fmt: skip
_SERVERS = {
    "uvicorn": 0,
    "gunicorn": 0,
    "hypercorn": 0,
    "daphne": 0,
    "granian": 0,
    "waitress-serve": 0,
    "flask": None,
    "fastapi": 1,
    "streamlit": 1,
    "gradio": 0,
    "chainlit": 1,
    "bentoml": 1,
    "litserve": 1,
}
_SERVER_VALUES = frozenset(
    {
        "--host", "--port", "-b", "--bind", "-w", "--workers", "-k", "--worker-class", "-t", "--timeout", "--log-level",
        "--log-config", "--reload-dir", "--env-file", "--root-path", "--loop", "--http", "--ws", "--interface", "--threads",
        "-c", "--config", "--chdir", "--app-dir", "--factory-args", "-p", "-h", "--access-logfile", "--error-logfile",
        "--timeout-keep-alive", "--graceful-timeout", "--keep-alive", "--preload-app", "--limit-concurrency",
        "--server.port", "--server.address", "--max-requests", "--limit-max-requests", "--ssl-keyfile", "--ssl-certfile",
    }
)  # fmt: skip


def name_of(word: str) -> str:
    """The program's name without its folder, `python3.11` and `pypy3` as `python`."""
    name = word.rpartition("/")[2]
    bare = name.rstrip("0123456789.")
    return "python" if bare in {"python", "pypy"} else name


def launch_of(words: Sequence[Value], knowledge: Knowledge | None = None) -> Launch | None:
    """What the command starts; None for a command whose program is not known or is none of those that start code. The
    programs that run another one are those of the packs, of the bundled ones where none are handed in.
    """
    return _launch(tuple(words), 0, (), _MOST_WRAPPERS, knowledge or bundled())


def _launch(
    words: Words,
    start: int,
    environment: tuple[tuple[str, Value], ...],
    depth: int,
    knowledge: Knowledge,
) -> Launch | None:
    if start >= len(words) or not depth:
        return None
    program = known(words[start])
    if program is None:
        return None
    name = name_of(program)
    if name == "python":
        return _python(words, start, program, environment)
    if name in _SHELLS:
        return _shell(words, start, program, environment)
    wrapper = knowledge.wrapper(name)
    if wrapper is not None and wrapper.leads_on:
        return _wrapped(wrapper, words, start, environment, depth, knowledge)
    if name in _LAUNCHERS:
        return _launched(name, words, start, environment)
    if name in _SERVERS:
        return _server(name, words, start, environment)
    if "/" in program or program.endswith((".py", ".sh")):
        return Launch(LaunchKind.FILE, words[start], words[start + 1 :], program, start, environment)
    return None


def _skip(words: Words, at: int, values: frozenset[str]) -> int:
    """The index of the first word that is no option (a `--` is skipped)."""
    while at < len(words):
        text = known(words[at])
        if text is None or not text.startswith("-"):
            return at
        at += 1
        if text == "--":
            return at
        if text in values:
            at += 1
    return at


def _wrapped(
    wrapper: Wrapper,
    words: Words,
    start: int,
    environment: tuple[tuple[str, Value], ...],
    depth: int,
    knowledge: Knowledge,
) -> Launch | None:
    """What a program that runs another one starts."""
    from dfguard.knowledge.wrappers import taken

    own = words[start:]
    found = taken([(prefix_of(word), known(word) is not None) for word in own], wrapper)
    if found is None:
        return None
    for word in own[found.variables : found.end] if wrapper.sets_variables else ():
        name = prefix_of(word).partition("=")[0]
        environment = (*environment, (name, rest_of(word, len(name) + 1)))
    at = start + found.end
    if wrapper.runs_files and (known(words[at]) or "").endswith(".py"):
        return Launch(LaunchKind.PYTHON_FILE, words[at], words[at + 1 :], "python", at, environment)
    return _launch(words, at, environment, depth - 1, knowledge)


def _python(
    words: Words, start: int, program: str, environment: tuple[tuple[str, Value], ...]
) -> Launch | None:
    at = start + 1
    while at < len(words):
        text = known(words[at])
        if text is None or not text.startswith("-") or text == "-":
            break
        letters = "" if text.startswith("--") else text[1:]
        for position, letter in enumerate(letters):
            if letter not in "cm":
                continue
            kind = LaunchKind.PYTHON_CODE if letter == "c" else LaunchKind.PYTHON_MODULE
            rest = letters[position + 1 :]
            target = (
                Known(rest, words[at].because) if rest else words[at + 1] if at + 1 < len(words) else None
            )
            behind = at + 1 if rest else at + 2
            if target is None:
                return None
            return Launch(kind, target, words[behind:], program, behind - 1, environment)
        at += 2 if text in _PYTHON_VALUES else 1
    if at >= len(words) or known(words[at]) == "-":
        return Launch(LaunchKind.PYTHON_INPUT, Known("-"), words[at + 1 :], program, start, environment)
    return Launch(LaunchKind.PYTHON_FILE, words[at], words[at + 1 :], program, at, environment)


def _shell(
    words: Words, start: int, program: str, environment: tuple[tuple[str, Value], ...]
) -> Launch | None:
    at = start + 1
    while at < len(words):
        text = known(words[at])
        if text is None or not text.startswith(("-", "+")) or text == "-":
            break
        if text in {"-o", "+o", "-O", "--rcfile", "--init-file"}:
            at += 2
            continue
        at += 1
        if not text.startswith("--") and "c" in text[1:] and at < len(words):
            at = _skip(words, at, frozenset({"-o"}))
            return (
                Launch(LaunchKind.SHELL_TEXT, words[at], words[at + 1 :], program, at, environment)
                if at < len(words)
                else None
            )
    if at >= len(words):
        return None
    return Launch(LaunchKind.SHELL_FILE, words[at], words[at + 1 :], program, at, environment)


def _launched(
    name: str, words: Words, start: int, environment: tuple[tuple[str, Value], ...]
) -> Launch | None:
    """`accelerate launch x.py`, `torchrun -m pkg`."""
    verbs = _LAUNCHERS[name]
    at = _skip(words, start + 1, _LAUNCHER_VALUES)
    if verbs:
        if at >= len(words) or known(words[at]) not in verbs:
            return None
        at = _skip(words, at + 1, _LAUNCHER_VALUES)
    if at >= len(words):
        return None
    is_module = any(known(word) == "-m" for word in words[start + 1 : at])
    kind = LaunchKind.PYTHON_MODULE if is_module else LaunchKind.PYTHON_FILE
    return Launch(kind, words[at], words[at + 1 :], "python", at, environment)


def _server(name: str, words: Words, start: int, environment: tuple[tuple[str, Value], ...]) -> Launch | None:
    """The application that an application server serves; its module is imported, not run as a script."""
    position = _SERVERS[name]
    operands = []
    at = start + 1
    while at < len(words):
        text = known(words[at])
        if text is None or not text.startswith("-"):
            operands.append(at)
        elif name == "flask" and text in {"--app", "-A"} and at + 1 < len(words):
            return Launch(
                LaunchKind.APPLICATION, words[at + 1], (), name, at + 1, environment, is_script=False
            )
        elif text in _SERVER_VALUES:
            at += 1
        at += 1
    if position is None or position >= len(operands):
        return None
    index = operands[position]
    target = words[index]
    is_file = (known(target) or "").endswith(".py")
    kind = LaunchKind.PYTHON_FILE if is_file else LaunchKind.APPLICATION
    is_script = is_file and name in {"streamlit", "gradio", "chainlit"}
    return Launch(kind, target, words[index + 1 :], name, index, environment, is_script=is_script)
