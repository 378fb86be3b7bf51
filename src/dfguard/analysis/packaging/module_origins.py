"""What but a COPY beside the program can answer an import: installed packages, folders added to the path, commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.analysis.packaging.harmless_names import BRINGS_NO_MODULE
from dfguard.interp.filesystem import paths
from dfguard.interp.filesystem.entries import Presence
from dfguard.interp.python.evaluation import ProgramScope, evaluate
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name

if TYPE_CHECKING:
    from dfguard.interp.runtime.code import RunningCode
    from dfguard.interp.state.model import BuildState, Package, Step
    from dfguard.syntax.python.program import PythonCall

CHANGES_PATH = frozenset(
    {"sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir", "os.chdir"}
)


def added_folder(call: PythonCall, code: RunningCode) -> str | None:
    """The folder that a call of CHANGES_PATH adds to sys.path; None when it is not known."""
    argument = call.argument(1 if call.name.endswith("insert") else 0)
    if argument is None or call.name in ("os.chdir", "sys.path.extend"):
        return None
    value = evaluate(argument.value, ProgramScope(lambda _: None, path=code.path))
    text = known(value) if value is not None else None
    return paths.clean(text) if text and text.startswith("/") else None


def brings_no_modules(step: Step) -> bool:
    """Whether nothing that the step runs may put a module of the project's into the image."""
    if step.instruction.keyword != "RUN":
        return step.instruction.flag("from") is None
    script = step.effects.script
    names = {run.name.rpartition("/")[2] for run in step.effects.commands}
    return script is not None and not script.broken and names <= BRINGS_NO_MODULE


# Names that projects of all kinds give their top-level modules, and that careless distributions install as well.
_COMMON = frozenset(
    """
    app api common config configs constants core data db handler helpers inference lib main model models
    module modules predict scripts server service services settings src storage test tests tools utils
    """.split()
)


def presence_by_install(module: str, state: BuildState) -> Presence:
    """Whether something installed from a folder or an address brings the top-level module.

    A folder of the image is looked into. What comes from elsewhere may bring modules that are named after it, and
    one with a name that every project uses.
    """
    found = {_brought(package, module, state) for package in state.packages}
    if Presence.PRESENT in found:
        return Presence.PRESENT
    return Presence.MAYBE if Presence.MAYBE in found else Presence.ABSENT


def _brought(package: Package, module: str, state: BuildState) -> Presence:
    if package.url is None or package.url.endswith(".whl"):
        return Presence.ABSENT
    if package.url.startswith("/"):
        if state.files.resolve(package.url).presence is not Presence.PRESENT:
            return Presence.MAYBE
        held = _held(package.url, module, state)
        if held is not Presence.MAYBE:
            return held
    own, wanted = package.name.replace("-", ""), module.replace("_", "").lower()
    return Presence.MAYBE if module in _COMMON or own in wanted or wanted in own else Presence.ABSENT


def _held(folder: str, module: str, state: BuildState) -> Presence:
    """Whether the project in a folder of the image holds the module in one of the usual places."""
    found = [
        state.files.resolve(f"{folder}{inside}/{module}{end}").presence
        for inside in ("", "/src", "/lib", "/python")
        for end in (".py", "")
    ]
    if Presence.PRESENT in found:
        return Presence.PRESENT
    return Presence.MAYBE if Presence.MAYBE in found else Presence.ABSENT


def installed_names(state: BuildState) -> frozenset[str]:
    """The distributions that the build or the base image names, as modules are spelt."""
    names = {package.name for package in state.packages} | {
        name for name, _ in (state.base.distributions if state.base else ())
    }
    return frozenset(distribution_name(name).replace("-", "_") for name in names)
