"""A command of the build or of a start script, as it runs, to the loads it makes (hub clients, downloaders, git clones of models),
what they write, and the Python programs it runs.

To be called while the script is walked, with the files and packages of that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.interp.filesystem import paths
from dfguard.interp.loads.environment import surroundings
from dfguard.interp.loads.launches import start_code, start_file
from dfguard.interp.loads.load import Circumstances, Request, is_weights_name, load_of, writes_of
from dfguard.interp.loads.programs import Start
from dfguard.interp.python.command_lines import LaunchKind, launch_of, name_of
from dfguard.interp.python.modules import read_snippet
from dfguard.interp.state.model import Moment
from dfguard.interp.values import Known, Unknown, concat, known, prefix_of, rest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dfguard.core.source import Place
    from dfguard.interp.loads.environment import Sight, Surroundings
    from dfguard.interp.loads.launches import LaunchOutcome
    from dfguard.interp.state.model import CommandRun, Load, Started, Write
    from dfguard.interp.values import Value
    from dfguard.knowledge.loaders import CommandLoader, Downloader
    from dfguard.knowledge.model import Knowledge
    from dfguard.syntax.python.program import Snippet


_GIT_VALUES = frozenset(
    {"-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "-j", "--jobs", "--filter"}
)
_LFS = ("lfs",)


class Words(Record):
    """A command line taken apart: operands in order, options with their values (None for a flag)."""

    operands: tuple[Value, ...]
    options: tuple[tuple[str, Value | None], ...]

    def value(self, *names: str) -> Value | None:
        """The value of the last option of these names, None when there is none."""
        return next(
            (value for name, value in reversed(self.options) if name in names and value is not None), None
        )

    def has(self, *names: str) -> bool:
        """Whether one of these options is there, one-letter ones also in clusters (`-LO`)."""
        return any(name in names or _cluster(name) & set(names) for name, _ in self.options)


def _cluster(name: str) -> set[str]:
    return set() if name.startswith("--") else {f"-{letter}" for letter in name[1:]}


def loads_of_command(run: CommandRun, around: Surroundings, circumstances: Circumstances) -> Iterator[Load]:
    """The loads of one command; none for a command that the packs do not know as a loader or downloader."""
    circumstances = replace(
        circumstances,
        is_certain=circumstances.is_certain and run.is_certain,
        failure=run.failure,
        swallowed_by=run.swallowed_by,
    )
    yield from loads_of_words(run.words, run.place, around, circumstances)


def loads_of_words(
    words: Sequence[Value], place: Place, around: Surroundings, circumstances: Circumstances
) -> Iterator[Load]:
    """The loads of a command given as words."""
    for request in _requests(words, place, around.knowledge):
        yield load_of(request, around, circumstances)


def _requests(words: Sequence[Value], place: Place, knowledge: Knowledge) -> Iterator[Request]:
    literal = _leading(words)
    found = knowledge.loader_for_command(literal)
    if found is not None:
        loader, count = found
        yield from _of_loader(loader, place, words[count:])
        return
    downloader = knowledge.downloader(literal)
    if downloader is not None:
        yield from _of_downloader(downloader, place, words[1 + len(downloader.words) :], knowledge)
    elif literal[:1] and literal[0].rpartition("/")[2] == "git":
        yield from _of_git(words[1:], place)


def _leading(words: Sequence[Value]) -> tuple[str, ...]:
    """The words up to the first that is not known."""
    found = []
    for word in words[:6]:
        text = known(word)
        if text is None:
            break
        found.append(text)
    return tuple(found)


def take_apart(
    words: Sequence[Value], with_value: frozenset[str], many: frozenset[str] = frozenset()
) -> Words:
    """Operands and options of a command line. An option in `with_value` takes the next word (or what stands behind
    `=`, or behind a single letter), one in `many` all words up to the next option once an operand was seen.
    """
    operands: list[Value] = []
    options: list[tuple[str, Value | None]] = []
    at, only_operands = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        start = prefix_of(word)
        if only_operands or not start.startswith("-") or start == "-":
            operands.append(word)
            continue
        text = known(word)
        if text == "--":
            only_operands = True
            continue
        name, joined = _option(word, with_value)
        if joined is not None or name not in with_value:
            options.append((name, joined))
            continue
        taken = 0
        while at < len(words) and (not taken or (name in many and operands)):
            if taken and prefix_of(words[at]).startswith("-"):
                break
            options.append((name, words[at]))
            at, taken = at + 1, taken + 1
    return Words(tuple(operands), tuple(options))


def _option(word: Value, with_value: frozenset[str]) -> tuple[str, Value | None]:
    """The option's name and what stands joined to it: `--name=value`, `-Ovalue`, and `-qO` for a cluster that ends in
    an option with a value.
    """
    start, text = prefix_of(word), known(word)
    name, equals, _ = start.partition("=")
    if start in with_value:
        return start, None
    if equals:
        return name, rest_of(word, len(name) + 1)
    if not start.startswith("--") and text is not None:
        for at, letter in enumerate(text[1:], 1):
            if f"-{letter}" in with_value:
                rest = text[at + 1 :]
                return f"-{letter}", Known(rest, word.because) if rest else None
    return start, None


def _of_loader(loader: CommandLoader, place: Place, words: Sequence[Value]) -> Iterator[Request]:
    spellings = {name: role for role, names in loader.options for name in names}
    parsed = take_apart(words, frozenset({*spellings, *loader.values}), frozenset(loader.many))
    roles = [
        (spellings[name], value) for name, value in parsed.options if name in spellings and value is not None
    ]
    subject = dict(roles).get("subject")
    files: tuple[str, ...] = ()
    subjects = [subject] if subject is not None else []
    if loader.subject is not None and subject is None:
        subjects = list(
            parsed.operands[loader.subject :] if loader.takes_many else parsed.operands[loader.subject :][:1]
        )
    if loader.files is not None:
        first = loader.files - (1 if subject is not None else 0)
        files = tuple(text for text in map(known, parsed.operands[max(first, 0) :]) if text)
    files += tuple(text for role, value in roles if role == "include" and (text := known(value)))
    if dict(roles).get("type") is not None and known(dict(roles)["type"]) not in {"model", None}:
        return
    for one in subjects:
        yield Request(
            loader.id,
            loader.library,
            loader.kind.value,
            one,
            place,
            loader.downloads,
            loader.reads,
            tuple((role, value) for role, value in roles if role != "subject"),
            files,
        )


def _of_downloader(
    downloader: Downloader, place: Place, words: Sequence[Value], knowledge: Knowledge
) -> Iterator[Request]:
    """Downloads of weights: by the address' or the target's name, or by a host that has nothing but models."""
    taking = frozenset({*downloader.output, *downloader.directory, *downloader.values, *downloader.url})
    parsed = take_apart(words, taking)
    named = parsed.value(*downloader.url)
    addresses = [named] if named is not None else [o for o in parsed.operands if _is_address(o)]
    output = parsed.value(*downloader.output)
    folder = parsed.value(*downloader.directory)
    is_remote_name = downloader.is_remote_name or parsed.has(*downloader.remote_name)
    if output is not None and downloader.id == "wget":
        folder = None
    if downloader.id == "pget" and len(parsed.operands) > 1:
        output = parsed.operands[1]
    for address in addresses:
        target = _target(address, output, folder, is_remote_name=is_remote_name)
        if target is None or not (is_weights_name(address, knowledge) or is_weights_name(target, knowledge)):
            continue
        yield Request(
            downloader.id,
            "",
            "url",
            address,
            place,
            downloads=True,
            reads=False,
            roles=(("destination", target),),
        )


def _target(
    address: Value, output: Value | None, folder: Value | None, *, is_remote_name: bool
) -> Value | None:
    """The file a download goes to, relative as written; None when it goes to standard output."""
    if output is not None and known(output) == "-":
        return None
    name = output
    if name is None:
        text = known(address)
        if not is_remote_name:
            return None
        name = (
            Known(text.partition("?")[0].rpartition("/")[2], address.because)
            if text
            else Unknown("its name follows from an unknown address", address.because)
        )
    if folder is None or prefix_of(name).startswith("/"):
        return name
    return concat((folder, Known("/"), name))


def _is_address(value: Value) -> bool:
    start = prefix_of(value)
    return "://" in start or start.startswith(("huggingface.co/", "civitai.com/"))


def _of_git(words: Sequence[Value], place: Place) -> Iterator[Request]:
    """`git clone` and `git lfs clone` of a repository on the hub."""
    if words and known(words[0]) in _LFS:
        words = words[1:]
    if not words or known(words[0]) != "clone":
        return
    operands = take_apart(words[1:], _GIT_VALUES).operands
    if not operands:
        return
    address, text = operands[0], known(operands[0])
    host, _, name = (text or "").partition("://")[2].rpartition("@")[2].partition("/")
    if host not in {"huggingface.co", "hf.co", "hf-mirror.com"} or name.count("/") != 1:
        return
    name = name.removesuffix(".git").rstrip("/")
    target = operands[1] if len(operands) > 1 else Known(name.rpartition("/")[2], address.because)
    yield Request(
        "git clone",
        "",
        "hub",
        Known(name, address.because),
        place,
        downloads=True,
        reads=False,
        roles=(("local_dir", target),),
    )


_FILES = frozenset(
    {LaunchKind.PYTHON_FILE, LaunchKind.PYTHON_MODULE, LaunchKind.APPLICATION, LaunchKind.FILE}
)


class StepLoads(Record):
    """What a command of the build does with models. `missing` is a Python file that it runs and that is surely not
    there; `programs` are all files of the programs it runs, the main one first.
    """

    loads: tuple[Load, ...] = ()
    writes: tuple[Write, ...] = ()
    programs: tuple[Started, ...] = ()
    missing: str = ""


def loads_of_run(
    run: CommandRun,
    sight: Sight,
    snippets: tuple[Snippet, ...] = (),
    proof: tuple[Place, ...] = (),
    moment: Moment = Moment.BUILD,
) -> StepLoads:
    """What a command does: as a loader of the packs, and as a start of Python with the snippets found in it.

    `sight` is what the command sees when it runs, its own variables included; `proof` the places that lead to it when
    it stands in a script; `moment` is START for what the finished image starts.
    """
    if not snippets and not _may_matter(run, sight):
        return StepLoads()
    circumstances = Circumstances(moment, run.is_certain, run.failure, run.swallowed_by, proof)
    around = surroundings(sight)
    loads = tuple(loads_of_command(run, around, circumstances))
    programs: tuple[Started, ...] = ()
    missing = ""
    for outcome in _started(run, sight, snippets, circumstances):
        loads += outcome.loads
        programs += outcome.programs
        missing = missing or outcome.missing
    writes = tuple(write for load in loads for write in writes_of(load, around))
    return StepLoads(loads, writes, programs, missing)


def _may_matter(run: CommandRun, sight: Sight) -> bool:
    """Whether the command is a loader, a downloader, or starts code; most are none of these."""
    program = known(run.words[0]) if run.words else None
    if program is None:
        return False
    name, knowledge = name_of(program), sight.world.knowledge
    is_tool = name in knowledge.starters or name == "git" or knowledge.downloader((name,)) is not None
    return is_tool or name == "comfy" or launch_of(run.words, sight.world.knowledge) is not None


def _started(
    run: CommandRun, sight: Sight, snippets: tuple[Snippet, ...], circumstances: Circumstances
) -> Iterator[LaunchOutcome]:
    for snippet in snippets:
        program = read_snippet(snippet)
        if program.fault is None or program.fault.is_flattened:
            launch = launch_of(run.words, sight.world.knowledge)
            words = launch.words if launch else ()
            start = Start(words, holes=_holes(snippet, sight))
            yield start_code(program, sight, run.place, circumstances, start)
    if snippets:
        return
    launch = launch_of(run.words, sight.world.knowledge)
    if launch is None or launch.kind not in _FILES:
        return
    if launch.kind is LaunchKind.FILE:
        if not _is_python(launch.program, sight):
            return
        launch = replace(launch, kind=LaunchKind.PYTHON_FILE)
    if launch.environment:
        own = dict(launch.environment)
        sight = replace(sight, lookup=lambda name, below=sight.lookup: own.get(name) or below(name))
    yield start_file(launch, sight, run.place, circumstances)


def _holes(snippet: Snippet, sight: Sight) -> tuple[tuple[str, Value], ...]:
    """The placeholders of a snippet with what the shell puts there: a variable's value, else Unknown."""
    look = sight.shell or sight.lookup
    found: dict[str, Value] = {}
    for start, end in snippet.holes:
        written = snippet.code.place(start, end).text
        name = written.removeprefix("$").removeprefix("{").removesuffix("}")
        value = look(name) if name.isidentifier() else None
        found[snippet.code.value[start:end]] = (
            value if value is not None else Unknown(f"{written} is not known")
        )
    return tuple(found.items())


def _is_python(path: str, sight: Sight) -> bool:
    """Whether a file that is run by its name is Python: by its `#!` line, else by its ending."""
    entry = sight.files.resolve(paths.clean(path, known(sight.workdir) or "/"))
    first = entry.content.value.partition("\n")[0] if entry.content is not None else ""
    return "python" in first if first.startswith("#!") else path.endswith(".py")
