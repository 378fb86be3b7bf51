"""The process's code to the Python programs that it starts anew for a request, and that load models each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.interp.filesystem import paths
from dfguard.interp.python.evaluation import ProgramScope, each, evaluate
from dfguard.interp.python.modules import read_file
from dfguard.interp.values import Unknown, known, texts_of
from dfguard.syntax.python.program import Choice, Constant, Items, Joined, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.interp.runtime.process import Process
    from dfguard.interp.runtime.view import RuntimeView
    from dfguard.interp.state.model import Started
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Expression, PythonCall

_STARTERS = frozenset(
    {
        *(f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")),
        "asyncio.create_subprocess_exec",
    }
)
_PYTHONS = ("python", "torchrun", "accelerate", "deepspeed")
_MODELS = ("--model", "--ckpt", "--checkpoint", "--weights")
_WORKS = ("infer", "generate", "predict", "txt2", "img2", "i2v", "t2v", "synthes", "sampl")


class RequestStart(Record):
    """A program that a request starts: where, and its file as far as it is known."""

    place: Place
    script: str


def request_starts(process: Process, view: RuntimeView, knowledge: Knowledge) -> Iterator[RequestStart]:
    """The starts of Python programs by requests, in the order of the code; those that a later request finds running
    are left out, and those of which nothing says that they load models.
    """
    for started in process.programs:
        scope = ProgramScope(view.variable, path=started.path)
        for call in started.program.calls:
            if call.order in started.repeated and call.name in _STARTERS:
                words = _words(call)
                script = _script(words, scope)
                is_told = any(text.startswith(_MODELS) for word in words for text in _endings(word, scope))
                if script and (is_told or _loads_models(script, started, view, knowledge)):
                    yield RequestStart(Place(started.program.source, call.span), script)


def _words(call: PythonCall) -> tuple[Expression, ...]:
    first = call.argument(0, "args")
    if first is not None and isinstance(first.value, Items):
        return first.value.items
    return tuple(a.value for a in call.arguments if a.position is not None)


def _script(words: tuple[Expression, ...], scope: ProgramScope) -> str:
    """The Python file that the words start, as far as its name is known; empty for other programs."""
    if not words or not _is_python(words[0], scope):
        return ""
    endings = (ending for word in words[1:] for ending in _endings(word, scope))
    return next((text for text in endings if text.endswith(".py")), "")


def _endings(word: Expression, scope: ProgramScope) -> Iterator[str]:
    """What the word is, else what is known of its end."""
    values = [value for value in each(word, scope) if value is not None]
    if all(texts_of(value) for value in values):
        yield from (text for value in values for text in texts_of(value) or ())
        return
    match word:
        case Joined(parts) if parts and isinstance(parts[-1], Constant):
            yield str(parts[-1].value).lstrip("/")
        case Choice(options):
            for option in options:
                yield from _endings(option, scope)


def _is_python(word: Expression, scope: ProgramScope) -> bool:
    if isinstance(word, Result):
        return word.name == "sys.executable"
    text = known(evaluate(word, scope) or Unknown("nothing")) or ""
    return paths.name(text).startswith(_PYTHONS)


def _loads_models(script: str, started: Started, view: RuntimeView, knowledge: Knowledge) -> bool:
    """Whether the program loads weights: as far as its file can be read, else by its name."""
    folder = paths.parent(started.path) if started.path else known(view.state.workdir) or "/"
    seen = view.look(paths.clean(script, folder)).entry
    if seen.content is not None:
        program = read_file(seen.content)
        return any(_is_load(call.name, knowledge) for call in program.calls)
    return any(work in paths.name(script).lower() for work in _WORKS)


def _is_load(name: str, knowledge: Knowledge) -> bool:
    loader = knowledge.loader_for_call(name)
    return loader is not None and loader.reads and not loader.is_weightless
