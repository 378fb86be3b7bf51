"""`dfguard check --fix` and `--diff`: fixes to files on disk or to a unified diff, and the report on what remains."""

from __future__ import annotations

import difflib
import os
import posixpath
import stat
from typing import TYPE_CHECKING

from dfguard.cli.streams import complain
from dfguard.core.errors import InputError
from dfguard.core.repository import leads_out, repository_root
from dfguard.reports.log_commands import diff_line
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from dfguard.cli.options import Arguments
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Found
    from dfguard.fixing import Change, Fixed
    from dfguard.lint import TargetReport


_READ_AS = {"template": "a template", "program source": "a program", "other text": "another text"}


class Fixing:
    """Fixes the Dockerfiles of one call, one after the other, and counts. `printed` is the fixed standard input,
    `others` are the paths of what reads as something else than a Dockerfile, and as what: nothing is changed there.
    """

    def __init__(self, options: Arguments) -> None:
        """`options` are those of the call."""
        self.is_suggested = bool(options["fix_suggested"])
        self.is_diff = bool(options["diff"])
        self.fixed = 0
        self.refused = 0
        self.withheld = 0
        self.files: set[str] = set()
        self.diffs: list[str] = []
        self.printed: str | None = None
        self.others: list[tuple[str, str]] = []

    def checked(self, one: Found, settings: Settings) -> TargetReport:
        """Fix one Dockerfile; the report on what remains. Raises InputError when a file cannot be written."""
        from dfguard.discover.kinds import Kind, kind_of_text
        from dfguard.discover.targets import target_of
        from dfguard.fixing import fixed_target

        target = target_of(one, settings)
        kind = kind_of_text(posixpath.basename(one.path), target.source.encode())
        if kind is not Kind.DOCKERFILE:
            from dfguard.lint import check_target

            self.others.append((one.path, kind.value))
            if one.is_standard_input and not self.is_diff:
                self.printed = target.source.text
            return check_target(target, settings)
        fixed = fixed_target(target, settings, suggested=self.is_suggested)
        self._take(one, fixed)
        return fixed.report

    def _take(self, one: Found, fixed: Fixed) -> None:
        if self.is_diff:
            self.diffs += (diff_of(change) for change in fixed.changes)
        elif one.is_standard_input:
            self.printed = fixed.text
        else:
            for change in fixed.changes:
                _write(change, one)
        self.fixed += len(fixed.fixed)
        self.refused += len(fixed.refused)
        self.withheld += len(fixed.withheld)
        self.files |= {change.before.path for change in fixed.changes}

    def said(self) -> str:
        """What was done, in one line."""
        word = "would fix" if self.is_diff else "fixed"
        files = f" in {len(self.files)} file{'s' if len(self.files) != 1 else ''}" if self.files else ""
        left = f"; {self.refused} left out: the result would have been worse" if self.refused else ""
        if self.withheld:
            left += f"; {self.withheld} left out: the file does not parse as a Dockerfile"
        alone = "".join(
            f"dfguard: {printable(path)} is left as it is: it reads as {_READ_AS[kind]}, not as a Dockerfile\n"
            for path, kind in self.others
        )
        return f"{alone}dfguard: {word} {self.fixed} finding{'s' if self.fixed != 1 else ''}{files}{left}\n"


def run_fix(paths: list[str], options: Arguments) -> int:
    """Fix, report what remains, and return the exit code: that of `check` on what remains; with --diff 1 when there is
    something to fix, else 0.
    """
    from dfguard.cli.gathering import exit_code, gathered, rendered, write

    fixing = Fixing(options)
    report, level = gathered(paths, options, fixing.checked)
    text = "".join(fixing.diffs) if fixing.is_diff else rendered(report, options)
    if fixing.printed is not None:
        complain(text)
        text = fixing.printed
    write(text, options)
    code = exit_code(report, level, options)
    complain(fixing.said())
    return int(bool(fixing.diffs)) if fixing.is_diff and code <= 1 else code


def diff_of(change: Change) -> str:
    """The change as a unified diff (as `diff -u` and `patch -p1` have it), safe to print."""
    path = printable(change.before.path)
    before, after = (_lines(text) for text in (change.before.text, change.after))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(map(diff_line, lines))


def _lines(text: str) -> list[str]:
    """The lines with their ends; a last one without says so, as in `diff`."""
    lines = [f"{_visible(line)}\n" for line in text.split("\n")]
    if text.endswith("\n") or not text:
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\\ No newline at end of file\n"]


def _visible(line: str) -> str:
    body, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
    return "".join(c if c == "\t" else printable(c) for c in body) + end


def _write(change: Change, one: Found) -> None:
    from dfguard.discover.files import read_bytes, write_atomically
    from dfguard.discover.targets import LARGEST_DOCKERFILE

    file = one.file if change.context_path is None else change.before.path
    real = os.path.realpath(file)
    if leads_out(file, repository_root(one.file)):
        raise InputError(f"{file} is a link that leads out of the repository: it is not written to")
    if not os.stat(real).st_mode & stat.S_IWUSR:
        raise InputError(f"{file} is read-only: it is not written to")
    if read_bytes(real, LARGEST_DOCKERFILE) != change.before.encode():
        raise InputError(f"{file} changed while it was checked: it is not written to")
    write_atomically(real, change.after.encode("utf-8", "surrogateescape"))
