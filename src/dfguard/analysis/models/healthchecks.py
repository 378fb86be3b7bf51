"""The HEALTHCHECK of the image to the models that it loads each time it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.filesystem.paths import clean
from dfguard.interp.python.command_lines import LaunchKind, launch_of
from dfguard.interp.python.modules import read_file, read_snippet
from dfguard.interp.values import Known, known
from dfguard.syntax.embedded.snippets import snippets_of_instruction
from dfguard.syntax.python.program import Reach
from dfguard.syntax.shell import run_script
from dfguard.syntax.shell.nodes import Command
from dfguard.syntax.shell.visitor import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.state.model import BuildState, Step
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Program
    from dfguard.syntax.shell.nodes import Script


class CheckLoad(Record):
    """A call that loads weights, in the program that the HEALTHCHECK at `instruction` runs."""

    name: str
    place: Place
    instruction: Place


def loads_of_check(step: Step, final: BuildState, knowledge: Knowledge) -> Iterator[CheckLoad]:
    """The weights that the health check of a step loads: in its own Python, or in a file of the image that it starts."""
    instruction = step.instruction
    script = run_script(instruction, step.before.shell)
    where = Place(instruction.source, instruction.span)
    programs = [read_snippet(snippet) for snippet in snippets_of_instruction(instruction, script)]
    programs += list(_files(script, final)) if script else []
    for program in programs:
        for call in program.calls:
            loader = knowledge.loader_for_call(call.name) if call.reach is Reach.IMPORT else None
            if loader is None or loader.is_weightless or not (loader.reads or loader.downloads):
                continue
            if not any(
                pattern in call.name for pattern in loader.weightless if "*" not in pattern
            ) and not _is_light(call.name):
                yield CheckLoad(call.name, Place(program.source, call.span), where)


def _is_light(name: str) -> bool:
    owner = name.rpartition(".")[0]
    return owner.endswith(("Tokenizer", "Config", "Processor", "FeatureExtractor")) or "try_to_load" in name


def _files(script: Script, final: BuildState) -> Iterator[Program]:
    for met in nodes_of(script):
        if not isinstance(met.node, Command) or any(word.literal is None for word in met.node.words):
            continue
        launch = launch_of(tuple(Known(word.literal or "") for word in met.node.words))
        if launch is None or launch.kind not in {LaunchKind.PYTHON_FILE, LaunchKind.FILE}:
            continue
        path = clean(known(launch.target) or "", known(final.workdir) or "/")
        entry = final.files.resolve(path)
        if entry.content is not None and path.endswith(".py"):
            yield read_file(entry.content)
