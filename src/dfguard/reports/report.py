"""The data type of a whole run's report, and what every format shares: counts and text that is safe to print."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dfguard.core.findings import Severity
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.findings import Diagnostic
    from dfguard.core.source import Source
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.lint import TargetReport


class Refusal(Record):
    """A path that could not be checked: one sentence, the user's to mend."""

    path: str
    message: str


class LeftOut(Record):
    """A file that was not checked, and as what it was left out: a key of `REASONS`."""

    path: str
    reason: str


REASONS = {
    "template": "templates",
    "program source": "program sources",
    "other text": "other texts",
    "vendored": "vendored",
    "link": "links",
    "broken link": "broken links",
    "ignored by git": "ignored by git",
    "excluded by the configuration": "excluded by the configuration",
}
"""What a file can be left out as, and the same of several: after one of its kind, a search takes a file to be something
else than a Dockerfile, someone else's, or another's name.
"""
MOST_NAMED = 3


class Report(Record):
    """A run: what was said of each target, in order, what could not be checked and what was not to be. `shows_maybe`:
    --maybe.
    """

    targets: tuple[TargetReport, ...]
    refusals: tuple[Refusal, ...] = ()
    shows_maybe: bool = False
    left_out: tuple[LeftOut, ...] = ()

    def shown(self) -> Iterator[tuple[TargetReport, Diagnostic]]:
        """Every diagnostic that is shown, target by target."""
        for target in self.targets:
            for diagnostic in target.shown(maybe=self.shows_maybe):
                yield target, diagnostic

    def counts(self) -> dict[str, int]:
        """How many are shown by severity (`error`, `warning`, `info`), and how many are hidden (`maybe`, `suppressed`)."""
        counts = dict.fromkeys((*(s.value for s in Severity), "maybe", "suppressed"), 0)
        for _, diagnostic in self.shown():
            counts[diagnostic.severity.value] += 1
        every = [d for target in self.targets for d in target.diagnostics]
        counts["suppressed"] = sum(d.ignored_by is not None for d in every)
        counts["maybe"] = sum(d.ignored_by is None for d in every) - sum(1 for _ in self.shown())
        return counts

    def left_out_text(self) -> str:
        """How many files were left out as what (`12 templates, 1 link`), empty when none was."""
        counts = {reason: sum(one.reason == reason for one in self.left_out) for reason in REASONS}
        return ", ".join(f"{n} {reason if n == 1 else REASONS[reason]}" for reason, n in counts.items() if n)

    def refusal_lines(self) -> Iterator[str]:
        """One printable line for each reason why something could not be checked, with the paths that it concerns."""
        paths: dict[str, list[str]] = {}
        for refusal in self.refusals:
            paths.setdefault(refusal.message, []).append(printable(refusal.path))
        for message, found in paths.items():
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            yield f"{', '.join(found[:MOST_NAMED])}{more}: {printable(message)}"


def printable(text: str) -> str:
    """The text with everything escaped that a terminal could take for a command: control characters (tabs become
    a space), lone surrogates, line separators and bidirectional overrides; with what a CI system could take for one; and
    with tokens made unreadable.
    """
    if _secrecy().may_hold(text):
        from dfguard.knowledge.shielding import shielded

        text = shielded(text, _secrecy())
    if "##" in text or "::" in text:
        from dfguard.reports.log_commands import without_commands

        text = without_commands(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c == "\t" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shown_line(source: Source, line: int) -> str:
    """A line of a source as reports may show it: no token and no password in it can be read."""
    from dfguard.knowledge.shielding import shielded_line

    return shielded_line(source.line_text(line), _secrecy())


@cache
def _secrecy() -> Secrecy:
    from dfguard.knowledge.packs import bundled
    from dfguard.knowledge.secrecy import Secrecy

    return Secrecy(bundled().security)


def docs_path(rule: str) -> str:
    """Where a rule's page is, relative to the project's root."""
    return f"rules/docs/{rule}.md"
