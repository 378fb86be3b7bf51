"""The data types of the paper build: the variables and packages of a state, the state before and after each step, and the step's effects."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.knowledge.patterns import glob_matches

if TYPE_CHECKING:
    from dfguard.core.findings import Certainty
    from dfguard.core.source import Place, Text
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.values import Binding, Value
    from dfguard.knowledge.images import BaseImage
    from dfguard.syntax.dockerfile.document import Fault, Instruction, Stage
    from dfguard.syntax.python.program import Program, Snippet
    from dfguard.syntax.shell.nodes import Command, Script


class Variable(Record):
    """One variable of the environment: its value and who set it (`binding` is the last in `value.because`)."""

    name: str
    value: Value
    is_argument: bool = False


class Environment(Record):
    """Variables by name, in the order they were first set. `is_open`: the base image may hold any others; `patterns`:
    names (with `*`) that it holds, or may hold, with values that we do not know.
    """

    variables: tuple[tuple[str, Variable], ...] = ()
    is_open: bool = False
    patterns: tuple[str, ...] = ()

    def may_hold(self, name: str) -> bool:
        """Whether a variable that is not among ours may be set all the same."""
        return self.is_open or any(glob_matches(pattern, name) for pattern in self.patterns)

    def get(self, name: str) -> Variable | None:
        """The variable, None when it is not set as far as we know (see `is_open`)."""
        return dict(self.variables).get(name)


class Package(Record):
    """A package that the build installs.

    `manager` is `pip`, `conda`, `apt`, `apk`, `dnf`, `npm` ...; `name` is normalised (PEP 503 for pip, lower case for
    the others). `specifier` is what follows the name (`==4.38.0`, `>=1,<2`, apt's `=1.2-3`), empty for any version.
    `url` is set for what is not taken from an index (a wheel, a git address, a directory). `tool` is the command as
    written (`/opt/venv/bin/pip`, `python3.11 -m pip`); `directory` the prefix or site directory it goes to when it is
    known. `place` is the narrowest place that names it, in the Dockerfile, a script or a requirements file.
    `is_constraint`: it only limits the version (`-c constraints.txt`).
    """

    manager: str
    name: str
    place: Place
    specifier: str = ""
    extras: tuple[str, ...] = ()
    url: str | None = None
    tool: str = ""
    directory: str | None = None
    is_certain: bool = True
    is_constraint: bool = False


class LateWrite(Record):
    """A variable that the code sets at `place` after the import at `imported_at` at which `library` read it; `seen` is
    what the library goes by (None: not set), `value` what the code sets.
    """

    name: str
    library: str
    place: Place
    imported_at: Place
    seen: Value | None
    value: Value | None
    is_certain: bool


class Undefined(Record):
    """A variable that is named and not set; `place` is the whole `$name` or `${name...}`. `suggestion` is the name of a
    variable that was probably meant, empty when none is near.
    """

    name: str
    place: Place
    suggestion: str = ""


class Started(Record):
    """One file of a program that runs. `path` is where it lies in the image (None: code that is no file), `place` what
    starts it, `proof` the places that lead there (outermost first), `name` its dotted name, empty for the main file, which
    has in `late` what the whole program sets after the import that reads it. `repeated` are the calls, by their order, that
    every request makes again. `search` are the folders in which Python looks for its modules, as far as they are known, `files`
    what the image held when the command started.
    """

    program: Program
    path: str | None
    place: Place
    proof: tuple[Place, ...] = ()
    name: str = ""
    late: tuple[LateWrite, ...] = ()
    repeated: frozenset[int] = frozenset()
    search: tuple[str, ...] = ()
    files: FileSystem | None = None


class MountKind(Enum):
    """`RUN --mount=type=...`."""

    BIND = "bind"
    CACHE = "cache"
    TMPFS = "tmpfs"
    SECRET = "secret"  # noqa: S105  the name of a mount type
    SSH = "ssh"


class RunMount(Record):
    """One `RUN --mount` with BuildKit's defaults filled in. `target` is absolute and clean.

    `source` is the path inside `origin` (stage name, image, or None for the build context); `environment` is the
    variable of `type=secret,env=`. Nothing written below the target of any kind reaches the layer.
    """

    kind: MountKind
    target: str
    place: Place
    origin: str | None = None
    source: str | None = None
    identifier: str | None = None
    is_read_only: bool = False
    is_required: bool = False
    environment: str | None = None
    options: tuple[tuple[str, str], ...] = ()


class BuildState(Record):
    """Everything an instruction can see and change. Frozen: a step makes a new one.

    `environment` is what ENV made of the base image's; `arguments` the ARGs in scope (without any value: None). `user`
    as written (`app`, `1000:1000`), Known("") when never set on a known base. `entrypoint` and `command` are None when
    not set. `base` is what the packs know of the image at the bottom, None when nothing.
    """

    environment: Environment
    arguments: tuple[tuple[str, Value | None], ...]
    workdir: Value
    user: Value
    shell: tuple[str, ...]
    files: FileSystem
    entrypoint: ProcessCommand | None = None
    command: ProcessCommand | None = None
    healthcheck: ProcessCommand | None = None
    volumes: tuple[tuple[str, Place | None], ...] = ()
    labels: tuple[tuple[str, Value], ...] = ()
    ports: tuple[str, ...] = ()
    stop_signal: str | None = None
    triggers: tuple[Instruction, ...] = ()
    build_environment: tuple[tuple[str, Value], ...] = ()
    packages: tuple[Package, ...] = ()
    base: BaseImage | None = None


class ProcessCommand(Record):
    """ENTRYPOINT, CMD or HEALTHCHECK. Exec form: `words`; shell form: `words` is SHELL plus the text and `script` holds
    it parsed. `place` is the instruction (None: from the base image).
    """

    words: tuple[str, ...]
    is_shell_form: bool
    place: Place | None
    text: tuple[Text, ...] = ()
    script: Script | None = None
    is_none: bool = False


class Failure(Enum):
    """What becomes of a step when one of its commands fails."""

    FATAL = "fatal"
    SWALLOWED = "swallowed"
    UNKNOWN = "unknown"


class Lack(Enum):
    """What a command that surely fails does not find; anything else is a path, or said in `fails_because`."""

    PROGRAM = "program"
    LISTS = "package lists"
    ACCOUNT = "account"


class CommandRun(Record):
    """One simple command as the build would run it.

    `words` are its words after expansion (patterns as written); `environment` what it sees beyond the state before the
    step (exports, `NAME=value cmd`); `workdir` where it runs. `is_certain`: it runs whenever the step gets that far.
    `failure`, with `swallowed_by` the place of what swallows it (`|| true`, `;` ...). `wrappers` were peeled off in front
    (`sudo`, `env`, `timeout 5`, `poetry run`). `fails_because` says why it is proven to fail (`/models does not exist`),
    empty when it is not, and `lacks` of what kind the missing thing is; `user` who runs it, None for the state's user.
    """

    name: str
    words: tuple[Value, ...]
    command: Command
    place: Place
    workdir: Value
    environment: tuple[tuple[str, Value], ...] = ()
    is_certain: bool = True
    failure: Failure = Failure.FATAL
    swallowed_by: Place | None = None
    wrappers: tuple[str, ...] = ()
    fails_because: str = ""
    user: str | None = None
    lacks: Lack | None = None


class Write(Record):
    """The build writes `path` (absolute, clean; a directory write ends without slash).

    `tool` is the command or instruction (`hf download`, `COPY`, `mkdir`); `place` the narrowest place that names it;
    `is_payload` is False for empty directories, links and markers (mkdir, touch, ln, chmod), True for content.
    `kept`: None when it reaches the layer, else the RUN mount that discards it. `load` is set for model downloads.
    """

    path: str
    place: Place
    tool: str
    because: tuple[Binding, ...] = ()
    is_payload: bool = True
    discarded_by: RunMount | None = None
    certainty: Certainty | None = None
    load: Load | None = None
    link_target: str | None = None


class Moment(Enum):
    """When a load happens."""

    BUILD = "build"
    START = "start"
    REQUEST = "request"


class Load(Record):
    """Weights or data downloaded or looked up by a known loader.

    `loader` is the id of the pack entry (`transformers.*.from_pretrained`, `hf download`); `library` the cache table's
    id; `subject` what is loaded (`SWivid/F5-TTS`, a path, a url); `kind` is `hub`, `path`, `url` or `name`;
    `directory` the cache root or local directory it reads or fills; `downloads`/`reads` say what it does; `files` the
    file set when known; `device` the device it asks for, written at `device_place`; `is_offline`: an offline switch is
    on. `swallowed_by` is the place that swallows its failure. `is_weights` is False for configs and tokenizers alone.
    `is_cached`: later requests find it loaded. `is_relative`: its directory counts from the working directory. `variant`
    is the file set asked for (`fp16`), `has_token` says that it is told a token; `is_secondary`: a library fetches it by
    itself when a request needs it. `proof` lists the places that lead here, outermost first (Dockerfile line -> start.sh -> handler.py).
    """

    loader: str
    library: str
    subject: Value
    kind: str
    directory: Value
    place: Place
    moment: Moment
    downloads: bool
    reads: bool
    revision: Value | None = None
    files: tuple[str, ...] = ()
    device: Value | None = None
    is_offline: bool = False
    offline_because: Binding | None = None
    is_local_directory: bool = False
    is_weights: bool = True
    is_certain: bool = True
    failure: Failure = Failure.FATAL
    swallowed_by: Place | None = None
    proof: tuple[Place, ...] = ()
    is_cached: bool = False
    device_place: Place | None = None
    is_relative: bool = False
    variant: Value | None = None
    has_token: bool = False
    is_secondary: bool = False


class CopySource(Record):
    """One source of a COPY or ADD, or of a `--mount=type=bind` from the context.

    `origin` is None for the build context, else the stage name, index or image of `--from`. `pattern` after
    expansion; `matched` the paths it names (context or stage); `is_missing` True/False, None when we cannot tell;
    `ignored_by` is the .dockerignore place that keeps it out.
    """

    place: Place
    instruction: Instruction
    pattern: Value
    origin: str | None
    matched: tuple[str, ...] = ()
    is_missing: bool | None = None
    ignored_by: Place | None = None
    destination: str | None = None


class Unset(Record):
    """`set -u` ends the shell, because no variable `name` is set where `place` expands it. `is_certain`: that surely
    ends the build; `proof` are the commands of other texts that lead here, outermost first.
    """

    name: str
    place: Place
    is_certain: bool
    proof: tuple[Place, ...] = ()


class Effects(Record):
    """What one step did, in order."""

    writes: tuple[Write, ...] = ()
    loads: tuple[Load, ...] = ()
    commands: tuple[CommandRun, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    programs: tuple[Started, ...] = ()
    copies: tuple[CopySource, ...] = ()
    mounts: tuple[RunMount, ...] = ()
    script: Script | None = None
    unknowns: tuple[tuple[Place, str], ...] = ()
    unset: tuple[Unset, ...] = ()


class Step(Record):
    """One instruction with the states around it, in the stage of that index. `refusals` say why BuildKit would stop."""

    instruction: Instruction
    stage: int
    before: BuildState
    after: BuildState
    effects: Effects
    refusals: tuple[Fault, ...] = ()
    undefined: tuple[Undefined, ...] = ()


class StageTrace(Record):
    """One stage played: `is_shipped` when the target stage needs it (FROM, COPY --from, --mount from)."""

    stage: Stage
    base: Value
    parent: int | None
    steps: tuple[Step, ...]
    final: BuildState
    is_shipped: bool
    refusals: tuple[Fault, ...] = ()
