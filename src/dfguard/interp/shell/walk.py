"""One walk over the scripts of a step: what runs now, what catches a shell that leaves early, and a report of what happened.

How a node is run and what a substitution gives is handed in (`Runner`), so that everything a walk leads to may ask it to go on.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from dfguard.core.record import replace
from dfguard.core.source import Place, Text
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.expansion.parameters import ShellError
from dfguard.interp.shell.expansion.words import Expander
from dfguard.interp.shell.state import FATAL, Fate, Outcome, Stream
from dfguard.interp.state.model import Failure, Moment, Unset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dfguard.core.source import Source, Span
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.loads.commands import StepLoads
    from dfguard.interp.reasons import Why
    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.shell.state import Shell
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, CommandRun, Lack, Load, RunMount, Started, Write
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Snippet
    from dfguard.syntax.shell.nodes import Node, Script, Substitution


MOST_RECORDS = 20_000


class Report:
    """Grows as the script is walked; what is beyond MOST_RECORDS of a kind is left out."""

    def __init__(self) -> None:
        """Start empty."""
        self.commands: list[CommandRun] = []
        self.writes: list[Write] = []
        self.loads: list[Load] = []
        self.snippets: list[Snippet] = []
        self.programs: list[Started] = []
        self.missing: list[tuple[Place, str]] = []
        self.unknowns: dict[tuple[Place, str], None] = {}
        self.unset: dict[Place, Unset] = {}

    def ran(self, run: CommandRun) -> int:
        """Note a command; the number is for `failed`."""
        if len(self.commands) < MOST_RECORDS:
            self.commands.append(run)
        return len(self.commands) - 1

    def failed(self, number: int, why: str, lacks: Lack | None = None) -> None:
        """The command surely fails."""
        if why and 0 <= number < len(self.commands):
            self.commands[number] = replace(self.commands[number], fails_because=why, lacks=lacks)

    def wrote(self, write: Write) -> None:
        """Note a write; the opening of a file and what is then written to it are one."""
        if self.writes:
            last = self.writes[-1]
            if (last.path, last.place, last.tool) == (
                write.path,
                write.place,
                write.tool,
            ) and not last.is_payload:
                self.writes[-1] = write
                return
        if len(self.writes) < MOST_RECORDS:
            self.writes.append(write)

    def started(self, place: Place, found: StepLoads, before: FileSystem) -> None:
        """Note what a command loads, the programs it runs, and the one it does not find. It saw the files `before`."""
        self.loads += found.loads
        self.programs += (replace(program, files=before) for program in found.programs)
        if found.missing:
            self.missing.append((place, found.missing))

    def stopped(self, unset: Unset) -> None:
        """`set -u` ends the shell here; of several walks over one place the surest counts."""
        known = self.unset.get(unset.place)
        if (known is None and len(self.unset) < MOST_RECORDS) or (known and not known.is_certain):
            self.unset[unset.place] = unset

    def note(self, place: Place, why: str) -> None:
        """Note something that could not be followed, once."""
        if len(self.unknowns) < MOST_RECORDS:
            self.unknowns[place, why] = None


_CATCHES = {
    "script": ("exit", "return"),
    "subshell": ("exit", "return", "break", "continue"),
    "source": ("return",),
    "eval": (),
    "function": ("return",),
    "loop": ("break", "continue"),
}


class Frame:
    """One script, subshell, function or loop that is being walked. `pending` are branches that left it; `saved` the
    outer values of a function's local variables, None for those that were not set.
    """

    __slots__ = ("fate", "kind", "pending", "saved", "trap")

    def __init__(self, kind: str, fate: Fate) -> None:
        """`fate` is what becomes of the frame's own failure."""
        self.kind = kind
        self.fate = fate
        self.pending: list[tuple[Outcome, Shell]] = []
        self.saved: dict[str, Value | None] = {}
        self.trap: Text | None = None

    def catches(self, jump: str) -> bool:
        """Whether the jump ends here."""
        return jump in _CATCHES[self.kind]


def settled(frame: Frame, outcome: Outcome, shell: Shell) -> Outcome:
    """The frame's outcome once the branches that left it maybe are joined in."""
    if frame.catches(outcome.jump):
        outcome = replace(outcome, jump="")
    for left, branch in frame.pending:
        shell.join(branch)
        same_output = left.output == outcome.output
        outcome = replace(
            outcome,
            status=outcome.status if outcome.status == left.status else None,
            output=outcome.output if same_output else None,
            errors=None,
        )
    for name, value in frame.saved.items():
        if value is None:
            shell.variables.pop(name, None)
        else:
            shell.variables[name] = value
    return outcome


OWN_MOUNTS = ("/etc/hosts", "/etc/resolv.conf")
"""BuildKit mounts its own, read-only, over these while a RUN runs (executor/oci/hosts.go, resolvconf.go)."""
MOST_NODES = 8_000
MOST_NESTED = 40
TOO_LONG = "the script does more steps than are followed"


class Runner(Protocol):
    """What a walk asks to go on."""

    def node(self, walk: Walk, node: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
        """Run one node; the shell is changed in place."""

    def words(
        self, walk: Walk, run: CommandRun, words: Sequence[Field], shell: Shell, stdin: Stream, fate: Fate
    ) -> Outcome:
        """Run the words of a command that another one, `run`, names in its arguments (`find -exec`, `xargs`)."""

    def substituted(self, walk: Walk, shell: Shell, part: Substitution) -> Value:
        """What `$(…)` gives."""


class Walk:
    """Walks the scripts of one step. `runner` says how a node is run, `report` collects what happens; `source` is the text
    that spans refer to now.

    `mounts` are the real paths of the RUN's mount points, `read_only` those that refuse writes; `at_start` the
    variables before the step, `user` who runs it, `moment` when. `at_home` is the text the step stands in (None: no
    step), `snippets` the Python found in it; `callers` are the commands that are running now.
    """

    def __init__(
        self,
        runner: Runner,
        state: BuildState,
        world: World,
        source: Source,
        mounts: tuple[RunMount, ...] = (),
    ) -> None:
        """Take the state before the step; nothing is walked yet."""
        self.runner = runner
        self.state = state
        self.world = world
        self.source = source
        self.report = Report()
        self.mounts = tuple(mount.target for mount in mounts)
        own = OWN_MOUNTS if world.builder == "buildkit" else ()
        self.read_only = (*own, *(mount.target for mount in mounts if mount.is_read_only))
        self.at_start: dict[str, Value] = {}
        self.user: str | None = None
        self.frames: list[Frame] = []
        self.left = MOST_NODES
        self.nested = 0
        self.moment = Moment.BUILD
        self.at_home: Source | None = source
        self.snippets: tuple[Snippet, ...] = ()
        self.callers: list[Place] = []

    def proof(self, place: Place) -> tuple[Place, ...]:
        """The commands of other texts that lead to a place, outermost first."""
        return tuple(caller for caller in self.callers if caller.source is not place.source)

    # scripts and frames

    def script(
        self, script: Script, shell: Shell, fate: Fate, stdin: Stream, kind: str = "script"
    ) -> Outcome:
        """Walk a whole script in a shell; `kind` is the frame it is: `script`, `subshell`, `source`, or `eval`."""
        before, self.source = self.source, script.source
        try:
            return self.framed(kind, fate, shell, partial(self.node, script.body, shell, fate, stdin))
        finally:
            self.source = before

    def framed(self, kind: str, fate: Fate, shell: Shell, action: Callable[[], Outcome]) -> Outcome:
        """Run inside a frame that catches `exit`, `return` or `break`, as its kind does."""
        frame = Frame(kind, fate)
        certain = shell.is_certain
        self.frames.append(frame)
        try:
            outcome = action()
            if frame.trap is not None:
                self._trapped(frame, shell)
        finally:
            self.frames.pop()
        outcome = settled(frame, outcome, shell)
        shell.is_certain = certain
        return outcome

    def _trapped(self, frame: Frame, shell: Shell) -> None:
        """What `trap … EXIT` asked for."""
        from dfguard.syntax.shell import parse

        text, frame.trap = frame.trap, None
        if text is not None:
            fate = Fate(Failure.SWALLOWED, text.place())
            script = parse(text, shell.dialect, depth=len(self.frames))
            self.script(script, shell, fate, Stream(self.empty), "eval")

    @property
    def exit_fate(self) -> Fate:
        """What becomes of a failing exit status of the shell itself."""
        return next((f.fate for f in reversed(self.frames) if f.kind in ("script", "subshell")), FATAL)

    def dropped(self, outcome: Outcome, shell: Shell) -> bool:
        """Put a branch that left early aside for the frame that it left; True when the build ends there."""
        frame = next((f for f in reversed(self.frames) if f.catches(outcome.jump)), None)
        if outcome.jump == "exit" and outcome.status not in (0, None) and self.exit_fate.is_fatal:
            return True
        if frame is not None:
            frame.pending.append((outcome, shell))
        return False

    # nodes

    def node(self, node: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
        """Walk one node; the shell is changed in place."""
        self.left -= 1
        if self.left <= 0 or self.nested >= MOST_NESTED:
            self.note(Place(self.source, node.span), TOO_LONG)
            return self.lost(shell, TOO_LONG)
        self.nested += 1
        try:
            return self.runner.node(self, node, shell, fate, stdin)
        except ShellError as error:
            return refused(self, node.span, shell, error)
        finally:
            self.nested -= 1

    # helpers of the other modules

    def expander(self, shell: Shell) -> Expander:
        """An expander for words of the current source."""
        return Expander(shell, self.source, partial(self.runner.substituted, self, shell))

    @property
    def empty(self) -> Text:
        """No output."""
        return Text("", self.source)

    def opaque(self, shell: Shell, why: Why) -> Outcome:
        """Something that was not followed: it may have written anywhere, and where the shell stands most likely."""
        from dfguard.interp.values import known

        folder = known(shell.cwd)
        if folder not in (None, "/"):
            shell.files = shell.files.havoc_below(folder or "/", why)
        shell.files = shell.files.stray(why)
        return Outcome(None)

    def lost(self, shell: Shell, why: str) -> Outcome:
        """Something that the shell itself ran and that was not followed: it may have set any variable, too."""
        shell.is_open = True
        return self.opaque(shell, because(Cause.NOT_FOLLOWED, why))

    def note(self, place: Place, why: str) -> None:
        """Note something that could not be followed."""
        self.report.note(place, why)

    @contextmanager
    def seeing(self, shell: Shell, changes: Shell, extra: tuple[tuple[str, Value], ...]) -> Iterator[None]:
        """Lend the shell the environment, user and folder of one command (`A=1 cmd`, `env -C /x cmd`, `sudo -u app cmd`)."""
        if not extra and changes is shell:
            yield
            return
        before, exported, user, folder = shell.variables, shell.exported, shell.user, shell.cwd
        shell.variables = {**changes.variables, **dict(extra)}
        shell.exported = exported | {name for name, _ in extra}
        shell.user, shell.cwd = changes.user, changes.cwd
        lent = dict(shell.variables)
        try:
            yield
        finally:
            changed = {n: v for n, v in shell.variables.items() if lent.get(n) != v}
            shell.variables = {**before, **changed}
            shell.exported, shell.user = exported, user
            if changes.cwd is not folder:
                shell.cwd = folder


def refused(walk: Walk, span: Span, shell: Shell, error: ShellError) -> Outcome:
    """The shell exits in the middle of the words of a command or condition; `span` is the whole of it."""
    walk.note(Place(walk.source, span), error.why)
    if error.unset:
        ends_build = walk.exit_fate.is_fatal and shell.is_certain
        place = Place(walk.source, error.span or span)
        walk.report.stopped(Unset(error.unset, place, is_certain=ends_build, proof=walk.proof(place)))
    return left_shell(walk, shell, 2, error.why)


def left_shell(walk: Walk, shell: Shell, status: int | None, why: str) -> Outcome:
    """The shell exits. Where that surely ends the build, what follows is looked at all the same, as if it went on."""
    if status not in (0, None) and walk.exit_fate.is_fatal and shell.is_certain:
        return Outcome(None, walk.empty, None, why=why)
    return Outcome(status, walk.empty, walk.empty if status == 0 else None, "exit", why=why)
