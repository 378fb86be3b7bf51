"""Finds the imports of the project's own modules that nothing in the image answers, in the build's programs and the process's."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING

from dfguard.analysis.packaging.module_origins import (
    CHANGES_PATH,
    added_folder,
    brings_no_modules,
    installed_names,
    presence_by_install,
)
from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.values import known
from dfguard.syntax.python.program import Constant, Form, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.context import BuildContext
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.state.model import BuildState, Step
    from dfguard.syntax.python.program import Program

_LISTS = re.compile(
    r"(?:dev-|test-)?requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment[\w.-]*\.ya?ml"
)
"""The files in which a Python project lists the distributions that it needs."""
_BY_PATH = {"importlib.util.spec_from_file_location": 1, "runpy.run_path": 0}


class Wanted(Record):
    """One import: the dotted name of the module, where it stands; `is_certain` False under a condition."""

    dotted: str
    place: Place
    is_certain: bool = True


class MissingModule(Record):
    """A module that a program imports (or a file that it loads by path), `path` where the image should hold it.

    `context_path` is where the context has it (None: a file named by an absolute path), `is_ignored` whether
    .dockerignore keeps it out there. `is_of_build`: a RUN imports it.
    """

    name: str
    place: Place
    path: str
    context_path: str | None
    proof: tuple[Place, ...]
    is_certain: bool
    is_ignored: bool = False
    is_of_build: bool = False


def missing_modules(
    code: Iterable[RunningCode], context: BuildContext, final: BuildState, steps: Iterable[Step]
) -> Iterator[MissingModule]:
    """The local modules and files that the programs of the build and of the process import and that are not there when
    they run, each once. `final` is the state of the image, `steps` those that made it; generated files count as run.
    """
    is_plain = all(brings_no_modules(step) for step in steps)
    seen: set[tuple[str, str]] = set()
    for program in _programs(code):
        added = tuple(
            added_folder(call, one)
            for one in program
            for call in one.program.calls
            if call.name in CHANGES_PATH
        )
        changes_path = None in added
        extra = tuple(folder for folder in added if folder)
        for one in program:
            state = one.state if one.snippet is None else final
            look = _Look(one, extra, context, state, changes_path=changes_path, is_plain=is_plain)
            for found in (*look.modules(), *look.files()):
                if (found.path, found.name) not in seen:
                    seen.add((found.path, found.name))
                    yield found


def _programs(code: Iterable[RunningCode]) -> Iterator[list[RunningCode]]:
    """The files that run together: those of each command of the build, then all of the process with the generated ones."""
    process: list[RunningCode] = []
    builds: dict[tuple[Place, ...], list[RunningCode]] = {}
    for one in code:
        if one.is_of_process or _is_generated(one):
            process.append(one)
        elif one.snippet is None and one.path is not None:
            builds.setdefault(one.proof, []).append(one)
    yield process
    yield from builds.values()


def _is_generated(code: RunningCode) -> bool:
    return code.snippet is not None and code.snippet.form in {Form.GENERATED, Form.COPY_HEREDOC}


class _Look:
    """The look-up of one file's imports in an image; `extra` are the folders that its program adds to sys.path."""

    def __init__(
        self,
        code: RunningCode,
        extra: tuple[str, ...],
        context: BuildContext,
        state: BuildState,
        *,
        changes_path: bool,
        is_plain: bool,
    ) -> None:
        self._code = code
        self._path = code.path or "/"
        self._files = state.files
        self._context = context
        self._is_plain = is_plain
        self._is_sure = not changes_path
        own = paths.parent(self._path)
        first = code.search or (own,)
        self._search = tuple(dict.fromkeys((*first, *extra, *_python_path(code.state))))
        self._relative = own

    def modules(self) -> Iterator[MissingModule]:
        installed = installed_names(self._code.state)
        if self._code.path is None:
            return
        for wanted in wanted_modules(self._code.program):
            top = wanted.dotted.partition(".")[0]
            if top and (top in sys.stdlib_module_names or top.lower() in installed):
                continue
            found = self._missing(wanted)
            if found is not None and not (top and self._is_declared(top)):
                yield found

    def _is_declared(self, top: str) -> bool:
        """Whether a file of the context that lists requirements names a distribution like the module: an install brings it,
        and a folder of that name in the project is something else (`alembic/` with its migrations).
        """
        name = re.sub(r"[-_.]+", "[-_.]", top)
        pattern = re.compile(
            rf"^(?!\s*name\s*=).*?(?<![\w.-]){name}(?![\w/-]|\.\w)", re.IGNORECASE | re.MULTILINE
        )
        origin = self._files.resolve(self._path).context_path or ""
        folders = {""}
        while origin:
            origin = origin.rpartition("/")[0]
            folders.add(origin)
        return any(
            pattern.search(source.text)
            for folder in sorted(folders)
            for child in self._context.children(folder)
            if _LISTS.fullmatch(paths.name(f"/{child.path}"))
            if (source := self._context.source(child.path)) is not None
        )

    def _missing(self, wanted: Wanted) -> MissingModule | None:
        level = len(wanted.dotted) - len(wanted.dotted.lstrip("."))
        search = (self._above(level),) if level else self._search
        parts = [part for part in wanted.dotted.lstrip(".").split(".") if part]
        by_install = (
            Presence.ABSENT if level or not parts else presence_by_install(parts[0], self._code.state)
        )
        if by_install is Presence.PRESENT:
            return None
        for count in range(1, len(parts) + 1):
            inside = "/".join(parts[:count])
            states = [self._presence(paths.clean(inside, folder)) for folder in search]
            if Presence.PRESENT in states:
                continue
            context_path = next((c for folder in search[:1] if (c := self._in_context(inside, folder))), None)
            if context_path is None:
                return None
            is_absent = all(state is Presence.ABSENT for state in states)
            return MissingModule(
                wanted.dotted,
                wanted.place,
                paths.clean(inside, search[0]),
                context_path,
                self._code.proof,
                is_certain=self._is_sure
                and wanted.is_certain
                and by_install is Presence.ABSENT
                and (is_absent or self._is_of_base(inside, search)),
                is_ignored=self._context.is_ignored(context_path),
                is_of_build=not self._code.is_of_process and self._code.snippet is None,
            )
        return None

    def _above(self, level: int) -> str:
        folder = self._relative
        for _ in range(level - 1):
            folder = paths.parent(folder)
        return folder

    def _presence(self, path: str) -> Presence:
        found = [self._files.resolve(f"{path}.py").presence, self._files.resolve(path).presence]
        if Presence.PRESENT in found:
            return Presence.PRESENT
        return Presence.MAYBE if Presence.MAYBE in found else Presence.ABSENT

    def _is_of_base(self, inside: str, search: tuple[str, ...]) -> bool:
        """Whether only a base image that the packs know could hold it: such an image has no module of the project."""
        if self._code.state.base is None or not self._is_plain:
            return False
        entries = (
            self._files.resolve(paths.clean(f"{inside}{end}", f)) for f in search for end in (".py", "")
        )
        return all(entry.presence is Presence.ABSENT or entry.may_be_of_the_base for entry in entries)

    def _in_context(self, inside: str, folder: str) -> str | None:
        """The file or package of the context that lies to this file as the module should lie in the image."""
        origin = self._files.resolve(self._path).context_path
        if origin is None:
            return None
        own = paths.parent(f"/{origin}")
        relative = paths.parent(self._path)
        while relative != folder:
            if relative == "/" or own == "/" or paths.name(relative) != paths.name(own):
                return None
            relative, own = paths.parent(relative), paths.parent(own)
        base = paths.clean(inside, own).lstrip("/")
        if self._context.entry(f"{base}.py") is not None:
            return f"{base}.py"
        if any(child.path.endswith(".py") for child in self._context.children(base)):
            return base
        return None

    def files(self) -> Iterator[MissingModule]:
        program = self._code.program
        for call in program.calls:
            position = _BY_PATH.get(call.name)
            argument = call.argument(position, "location", "path_name") if position is not None else None
            value = argument.value.value if argument and isinstance(argument.value, Constant) else None
            if not isinstance(value, str) or not value.startswith("/") or argument is None:
                continue
            if self._files.resolve(value).presence is Presence.ABSENT:
                place = Place(program.source, argument.span)
                is_certain = not call.is_caught and not call.is_conditional
                yield MissingModule(value, place, value, None, self._code.proof, is_certain)


@cache
def _import_line() -> re.Pattern[str]:
    return re.compile(r"^(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w.]+))", re.MULTILINE)


def wanted_modules(program: Program) -> Iterator[Wanted]:
    """The modules that a program imports without catching the failure; of a file that does not compile those that
    stand at the margin.
    """
    if program.fault is not None:
        for found in _import_line().finditer(program.source.text):
            yield Wanted(found[1] or found[2], Place(program.source, Span(found.start(), found.end())))
        return
    for item in program.imports:
        if not item.is_typing and not item.is_guarded:
            is_certain = not item.is_conditional and item.reach is not Reach.UNCALLED
            yield Wanted(item.module, Place(program.source, item.span), is_certain)


def _python_path(state: BuildState) -> Iterator[str]:
    found = state.environment.get("PYTHONPATH")
    text = known(found.value) if found else ""
    workdir = known(state.workdir) or "/"
    for part in (text or "").split(":"):
        if part:
            yield paths.clean(part, workdir)
