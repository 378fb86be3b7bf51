"""pip, uv, conda, poetry and their like: what they install, and where it may land."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace
from dfguard.interp.filesystem import paths
from dfguard.interp.shell.call import Call
from dfguard.interp.shell.commands.installing import (
    add,
    local_folder,
    may_write,
    program_of,
    requirement,
    requirements_file,
)
from dfguard.interp.shell.commands.needing import needs, needs_python_project
from dfguard.interp.shell.registry import command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.shell.getopt import Parsed
    from dfguard.interp.shell.state import Outcome
    from dfguard.interp.shell.words import Field
    from dfguard.interp.state.packages import Package

PIP = (
    "r=,requirement= c=,constraint= e=,editable= t=,target= i=,index-url= extra-index-url= f=,find-links= U,upgrade "
    "q,quiet v,verbose I,ignore-installed no-deps no-cache-dir no-cache user pre prefix= root= src= platform= python-version= "
    "implementation= abi= only-binary= no-binary= prefer-binary no-build-isolation use-pep517 config-settings= C= "
    "global-option= require-hashes progress-bar= trusted-host= cache-dir= timeout= retries= proxy= cert= log= "
    "break-system-packages force-reinstall no-index no-warn-script-location root-user-action= upgrade-strategy= "
    "disable-pip-version-check no-input no-compile compile dry-run ignore-requires-python exists-action= use-feature= "
    "system python= p= index= default-index= index-strategy= torch-backend= link-mode= compile-bytecode override= "
    "extra= all-extras group= reinstall refresh isolated y,yes x,exclude-newer="
)
INSTALL_FOLDERS = ("/usr/local", "/usr/lib", "/usr/share", "/opt", "/root/.local", "/home", "/usr/bin")
CACHES = ("/root/.cache/pip", "/root/.cache/uv", "/tmp")  # noqa: S108  folders of the image


@command("pip", "pip3", "easy_install")
def pip(call: Call) -> Outcome:
    """`pip install|uninstall|download|wheel ...`; other sub-commands leave no files that matter."""
    return _pip(call, call.arguments, "pip")


def _pip(call: Call, words: tuple[Field, ...], manager: str) -> Outcome:
    inner = Call(call.walk, call.shell, call.run, words, call.stdin)
    parsed = inner.options(PIP)
    verb = known(parsed.operands[0].value) if parsed.operands else None
    operands = parsed.operands[1:]
    if verb == "install":
        for field in (*operands, *parsed.values("e")):
            needs_python_project(call, field)
        for field in (*parsed.values("r"), *parsed.values("c")):
            if "://" not in (known(field.value) or ""):
                needs(call, call.operand(field))
        add(call, _required(inner, parsed, manager, operands))
        _land(call, parsed)
    elif verb in ("download", "wheel"):
        _haze_folder(call, parsed, "d")
    elif verb == "uninstall":
        gone = {known(field.value) for field in operands}
        call.shell.packages = tuple(p for p in call.shell.packages if p.name not in gone)
    call.unsure()
    return call.outcome(None)


def _required(call: Call, parsed: Parsed, manager: str, operands: tuple[Field, ...]) -> Iterator[Package]:
    target = parsed.text("t") or parsed.text("prefix")
    for package in _named(call, parsed, manager, operands):
        yield replace(package, directory=target) if target else package


def _named(call: Call, parsed: Parsed, manager: str, operands: tuple[Field, ...]) -> Iterator[Package]:
    for field in (*operands, *parsed.values("e")):
        text = known(field.value)
        place = field.place
        made = (
            requirement(
                local_folder(text, call), place, manager, program_of(call), is_certain=call.run.is_certain
            )
            if text
            else None
        )
        if made is not None:
            yield made
        else:
            call.unknown("a requirement is not known")
    for option, is_constraint in (("c", True), ("r", False)):
        for field in parsed.values(option):
            name = known(field.value)
            if name is None:
                call.unknown("the name of a requirements file is not known")
            else:
                yield from requirements_file(call, name, manager, is_constraint=is_constraint)


def _land(call: Call, parsed: Parsed) -> None:
    why = f"{call.tool} install may have written it"
    target = parsed.value("t") or parsed.value("prefix") or parsed.value("root")
    if target is not None:
        operand = call.operand(target)
        if operand.path is not None:
            may_write(call, (operand.path, *CACHES), why)
            return
    tool = known(call.run.words[0]) if call.run.words else None
    folders = [*INSTALL_FOLDERS, *CACHES]
    if tool and tool.startswith("/"):
        folders.append(paths.parent(paths.parent(paths.clean(tool))))
    virtual = call.shell.look("VIRTUAL_ENV")
    inside = known(virtual) if virtual is not None else None
    if inside and inside.startswith("/"):
        folders.append(paths.clean(inside))
    may_write(call, dict.fromkeys(folders), why)


def _haze_folder(call: Call, parsed: Parsed, option: str) -> None:
    field = parsed.value(option)
    operand = call.operand(field) if field is not None else None
    folder = operand.path if operand else known(call.shell.cwd)
    if folder is not None:
        may_write(call, (folder,), f"{call.tool} may have written it")


@command("uv")
def uv(call: Call) -> Outcome:
    """`uv pip install`, `uv sync`, `uv add`, `uv venv DIR`, `uv tool install`."""
    words = call.texts()
    verb = next((word for word in words if word and not word.startswith("-")), None)
    if verb == "pip":
        return _pip(call, call.arguments[words.index("pip") + 1 :], "uv")
    if verb == "venv":
        return _virtual_environment(call, words)
    if verb == "add":
        rest = call.arguments[words.index("add") + 1 :]
        inner = Call(call.walk, call.shell, call.run, rest, call.stdin)
        parsed = inner.options(PIP)
        add(call, _named(inner, parsed, "uv", parsed.operands))
    return _project(call)


def _virtual_environment(call: Call, words: list[str | None]) -> Outcome:
    named = [f for f, w in zip(call.arguments, words, strict=True) if w is None or not w.startswith("-")][1:]
    operand = call.operand(named[-1]) if named else None
    folder = operand.path if operand else None
    if folder is None:
        cwd = known(call.shell.cwd)
        folder = paths.clean(".venv", cwd) if cwd is not None and not named else None
    if folder is not None:
        may_write(call, (folder,), f"{call.tool} venv may have written it")
    return call.outcome(None, status=None)


@command("poetry", "pipenv", "pdm", "pipx")
def project_manager(call: Call) -> Outcome:
    """Tools that install what a project file says: somewhere below the project, HOME or the system's Python."""
    return _project(call)


def _project(call: Call) -> Outcome:
    cwd = known(call.shell.cwd)
    home = known(call.shell.home)
    why = f"{call.tool} may have written it"
    folders = [*INSTALL_FOLDERS, *CACHES]
    folders += [paths.clean(".venv", cwd)] if cwd is not None else []
    folders += [paths.clean(f".{call.tool}", home), paths.clean(".local", home)] if home else []
    may_write(call, folders, why)
    return call.outcome(None, status=None)


@command("conda", "mamba", "micromamba")
def conda(call: Call) -> Outcome:
    """`conda install|create|env create|update`: packages by `name=version`, below the installation."""
    parsed = call.options(
        "n=,name= p=,prefix= c=,channel= f=,file= y,yes q,quiet override-channels no-deps freeze-installed solver= "
        "no-channel-priority strict-channel-priority update-deps no-update-deps a,all json"
    )
    verb = known(parsed.operands[0].value) if parsed.operands else None
    if verb in ("install", "create", "update"):
        add(call, _conda_packages(call, parsed))
    root = call.shell.look("CONDA_DIR") or call.shell.look("MAMBA_ROOT_PREFIX")
    inside = known(root) if root is not None else None
    folders = [
        "/opt",
        "/root",
        "/usr/local",
        "/home",
        *([inside] if inside and inside.startswith("/") else []),
    ]
    may_write(call, folders, f"{call.tool} may have written it")
    return call.outcome(None, status=None)


def _conda_packages(call: Call, parsed: Parsed) -> Iterator[Package]:
    for field in parsed.operands[1:]:
        text = known(field.value)
        if not text:
            continue
        name = text.rpartition("::")[2]
        made = requirement(name, field.place, "conda", program_of(call), is_certain=call.run.is_certain)
        if made is not None:
            yield made
