"""What one instruction is played in, and what comes of it: `Scene`, `Turn`, and the `InstructionExpander` of its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.nearest import nearest
from dfguard.core.record import Record, replace
from dfguard.interp.build.expansion import expansion, split
from dfguard.interp.state.lookup import build_lookup, table_of
from dfguard.interp.state.model import Effects
from dfguard.syntax.dockerfile.document import Fault, FaultKind

if TYPE_CHECKING:
    from dfguard.core.source import Place, Text
    from dfguard.interp.build.expansion import Expansion
    from dfguard.interp.state.inputs import World
    from dfguard.interp.state.model import BuildState, StageTrace, Undefined
    from dfguard.interp.values import Value
    from dfguard.syntax.dockerfile.document import Document


class Scene(Record):
    """What stays the same while a stage is played. `played` are the stages before it, `global_arguments` what the
    ARGs before the first FROM and BuildKit's own give; `sets_command`: the stage has had a CMD of its own.
    """

    document: Document
    world: World
    played: tuple[StageTrace, ...]
    global_arguments: tuple[tuple[str, Value], ...]
    sets_command: bool = False


class Turn(Record):
    """What an instruction makes of a state. Where BuildKit refuses it the state is what it would probably have been."""

    state: BuildState
    effects: Effects = Effects()
    refusals: tuple[Fault, ...] = ()
    undefined: tuple[Undefined, ...] = ()


class InstructionExpander:
    """Expands the words of one instruction with the variables before it, and collects what is wrong with them."""

    def __init__(self, state: BuildState, escape: str) -> None:
        """`escape` is the file's escape character."""
        self._lookup = build_lookup(state)
        self._names = table_of(state).values
        self._escape = escape
        self._undefined: dict[str, Undefined] = {}
        self._refusals: list[Fault] = []

    def value(self, text: Text) -> Value:
        """The value of a word; Unknown where BuildKit refuses it."""
        return self._noted(expansion(text, self._lookup, self._escape)).value

    def body(self, text: Text) -> Value:
        """The value of the body of a heredoc that COPY or ADD expands: quotes stay, and the escape is a backslash."""
        return self._noted(expansion(text, self._lookup, "\\", keeps_quotes=True)).value

    def words(self, text: Text) -> tuple[Value, ...]:
        """The words an argument of EXPOSE splits into."""
        values, whole = split(text, self._lookup, self._escape)
        if whole.refusal:
            self._refusals.append(whole.refusal)
        return values

    def _noted(self, found: Expansion) -> Expansion:
        for undefined in found.undefined:
            self._undefined.setdefault(undefined.name, undefined)
        if found.refusal and all(found.refusal.message != noted.message for noted in self._refusals):
            self._refusals.append(found.refusal)
        return found

    def refuse(self, place: Place, message: str) -> None:
        """Note something that BuildKit refuses when it converts the file."""
        self._refusals.append(Fault(FaultKind.REFUSED, place, message))

    def turn(self, state: BuildState, effects: Effects | None = None) -> Turn:
        """The turn with what was collected; each undefined variable once, with the name that was probably meant."""
        undefined = tuple(
            replace(each, suggestion=nearest(each.name, self._names)) for each in self._undefined.values()
        )
        return Turn(state, effects or Effects(), tuple(self._refusals), undefined)
