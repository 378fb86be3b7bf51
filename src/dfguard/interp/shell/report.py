"""What a step's commands do, collected in order while they are walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import replace

if TYPE_CHECKING:
    from dfguard.core.source import Place
    from dfguard.interp.filesystem.filesystem import FileSystem
    from dfguard.interp.loads.build_steps import Found
    from dfguard.interp.state.model import CommandRun, Load, Started, Unset, Write
    from dfguard.syntax.python.program import Snippet

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

    def failed(self, number: int, why: str) -> None:
        """The command surely fails."""
        if why and 0 <= number < len(self.commands):
            self.commands[number] = replace(self.commands[number], fails_because=why)

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

    def started(self, place: Place, found: Found, before: FileSystem) -> None:
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
