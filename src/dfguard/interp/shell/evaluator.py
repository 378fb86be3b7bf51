"""A parsed script to what it does: every node walked over a shell's state, with both ways of what cannot be decided.

Source: POSIX.1-2024 XCU 2.8 and 2.9 (exit status, lists, compound commands, `set -e`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

from dfguard.core.source import Place, Text
from dfguard.interp.reasons import Cause, because
from dfguard.interp.shell.call import Call, Stream
from dfguard.interp.shell.conditions import negated
from dfguard.interp.shell.control_flow import run_case, run_if, run_test
from dfguard.interp.shell.failure import FATAL, Fate, swallowed
from dfguard.interp.shell.file_actions import OWN_MOUNTS
from dfguard.interp.shell.frames import Frame, settled
from dfguard.interp.shell.lists import run_and_or, run_pipeline, run_sequence
from dfguard.interp.shell.loops import run_for, run_while
from dfguard.interp.shell.parameters import ShellError
from dfguard.interp.shell.redirects import delivered, opened
from dfguard.interp.shell.report import Report
from dfguard.interp.shell.simple_commands import refused, run_command
from dfguard.interp.shell.state import Outcome, Shell
from dfguard.interp.shell.words import Expander
from dfguard.interp.state.model import CommandRun, Failure, Moment
from dfguard.syntax.shell.nodes import (
    AndOr,
    Background,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Node,
    Opaque,
    Pipeline,
    Redirect,
    Script,
    Sequence,
    Test,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Source, Span
    from dfguard.interp.reasons import Why
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, RunMount, Write
    from dfguard.interp.values import Value
    from dfguard.syntax.python.program import Snippet

MOST_NODES = 8_000
MOST_NESTED = 40
TOO_LONG = "the script does more steps than are followed"


class Walk:
    """Walks the scripts of one step. `report` collects what happens; `source` is the text that spans refer to now.

    `mounts` are the real paths of the RUN's mount points, `read_only` those that refuse writes; `at_start` the
    variables before the step, `user` who runs it, `moment` when. `at_home` is the text the step stands in (None: no
    step), `snippets` the Python found in it; `callers` are the commands that are running now.
    """

    def __init__(
        self, state: BuildState, world: World, source: Source, mounts: tuple[RunMount, ...] = ()
    ) -> None:
        """Take the state before the step; nothing is walked yet."""
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
            return self.framed(kind, fate, shell, lambda: self.node(script.body, shell, fate, stdin))
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
            return self._node(node, shell, fate, stdin)
        except ShellError as error:
            return refused(self, node.span, shell, error)
        finally:
            self.nested -= 1

    def _node(self, node: Node, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
        match node:
            case Command():
                return run_command(self, node, shell, fate, stdin)
            case AndOr():
                return run_and_or(self, node, shell, fate, stdin)
            case Sequence(items=items):
                return run_sequence(self, items, shell, fate, stdin)
            case Pipeline():
                return run_pipeline(self, node, shell, fate, stdin)
            case Group():
                return self._group(node, shell, fate, stdin)
            case Negation(body=body):
                place = Place(self.source, node.span)
                outcome = self.node(body, shell, swallowed(place, is_condition=True), stdin)
                return negated(outcome, shell)
            case Background(body=body):
                return self._background(node, body, shell)
            case If():
                return self.redirected(
                    node.span, node.redirects, shell, stdin, lambda s: run_if(self, node, shell, fate, s)
                )
            case For():
                return self.redirected(
                    node.span, node.redirects, shell, stdin, lambda s: run_for(self, node, shell, fate, s)
                )
            case While():
                return self.redirected(
                    node.span, node.redirects, shell, stdin, lambda s: run_while(self, node, shell, fate, s)
                )
            case Case():
                return self.redirected(
                    node.span, node.redirects, shell, stdin, lambda s: run_case(self, node, shell, fate, s)
                )
            case Function(name=name, body=body):
                shell.functions[name] = body
                return self.done(node.span)
            case Test():
                return self.redirected(
                    node.span, node.redirects, shell, stdin, lambda _: run_test(self, node, shell, fate)
                )
            case Opaque(why=why):
                self.note(Place(self.source, node.span), why)
                return self.lost(shell, why)
        assert_never(node)

    def part(self, part: Node, shell: Shell, fate: Fate, stdin: Stream) -> Callable[[], Outcome]:
        """The walk over a node, put off until its frame is there."""
        return lambda: self.node(part, shell, fate, stdin)

    def _group(self, node: Group, shell: Shell, fate: Fate, stdin: Stream) -> Outcome:
        def action(stream: Stream) -> Outcome:
            if not node.is_subshell:
                return self.node(node.body, shell, fate, stream)
            inner = shell.fork()
            outcome = self.framed("subshell", fate, inner, self.part(node.body, inner, fate, stream))
            shell.take_files(inner)
            shell.status = outcome.status
            return outcome

        return self.redirected(node.span, node.redirects, shell, stdin, action)

    def _background(self, node: Background, body: Node, shell: Shell) -> Outcome:
        """What runs in the background may or may not be done by the time the step ends."""
        inner = shell.fork()
        fate = swallowed(Place(self.source, node.span), is_condition=True)
        self.framed("subshell", fate, inner, self.part(body, inner, fate, Stream(self.empty)))
        shell.files = shell.files.join(inner.files)
        return Outcome(0, None, None)

    def redirected(
        self,
        span: Span,
        redirects: tuple[Redirect, ...],
        shell: Shell,
        stdin: Stream,
        action: Callable[[Stream], Outcome],
    ) -> Outcome:
        """Run a compound command with its own redirections."""
        if not redirects:
            return action(stdin)
        run = CommandRun(
            "", (), Command(span, ()), Place(self.source, span), shell.cwd, is_certain=shell.is_certain
        )
        call = Call(self, shell, run, (), stdin)
        plumbing = opened(redirects, call, self.expander(shell))
        if plumbing.failed:
            return Outcome(1, self.empty, None, why=plumbing.failed)
        return delivered(action(plumbing.stdin), plumbing, call)

    # helpers of the other modules

    def expander(self, shell: Shell) -> Expander:
        """An expander for words of the current source."""
        from dfguard.interp.shell.nested import substituted

        return Expander(shell, self.source, lambda part: substituted(self, part, shell))

    @property
    def empty(self) -> Text:
        """No output."""
        return Text("", self.source)

    def done(self, span: Span) -> Outcome:  # noqa: ARG002  where it was done does not matter yet
        """Success without output."""
        return Outcome(0, self.empty, self.empty)

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

    def wrote(self, write: Write, shell: Shell) -> None:  # noqa: ARG002  the shell's files are up to date already
        """Note a write."""
        self.report.wrote(write)

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
