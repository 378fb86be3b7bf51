"""Paths and options to the report on all Dockerfiles, and a report to standard output or a file, with the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dfguard.cli.given import jobs_of, settings_given, settings_of, text_of
from dfguard.cli.streams import complain, say
from dfguard.core.errors import UsageError
from dfguard.core.findings import Severity
from dfguard.core.record import replace
from dfguard.reports.report import LeftOut, Refusal, Report, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.cli.options import Arguments
    from dfguard.cli.outcomes import Outcome
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Found
    from dfguard.lint import TargetReport

    Check = Callable[[Found, Settings], TargetReport]


FINDINGS, MISTAKE, INTERNAL = 1, 2, 3
EXCLUDED = "excluded by the configuration"


def gathered(
    paths: list[str], options: Arguments, check: Check | None = None
) -> tuple[Report, Severity | None]:
    """The report on all Dockerfiles of the paths (default: the working directory), and the level that fails.

    `check` is what is done with each instead of checking it: here, one after the other, and never from the cache.
    """
    from dfguard.cli.outcomes import outcomes_of
    from dfguard.discover.targets import find

    if "-" not in paths and text_of(options, "stdin_filename") is not None:
        raise UsageError("--stdin-filename names standard input, which is read where a path is -")
    given = settings_given(options)
    is_forced = bool(options.get("force_exclude"))
    discovery = find(paths or ["."], text_of(options, "stdin_filename"), excludes_named=is_forced)
    found = list(discovery.found)
    reports: list[TargetReport] = []
    refused = [Refusal(r.path, r.message) for r in discovery.refused]
    left_out = [LeftOut(o.path, o.reason) for o in discovery.left_out]
    level: Severity | None = Severity.WARNING
    maybe = bool(options["maybe"])
    outcomes = (
        outcomes_of(found, given, options, jobs_of(options))
        if check is None
        else (_done(one, given, options, check) for one in found)
    )
    for one, outcome in zip(found, outcomes, strict=True):
        if isinstance(outcome, str):
            refused.append(Refusal(one.path, outcome))
        elif outcome is None:
            left_out.append(LeftOut(one.path, EXCLUDED))
        else:
            report, level, maybe = outcome
            reports.append(report)
            refused += (Refusal(one.path, failure) for failure in report.failures)
    if options.get("build_arg") or options.get("build_context"):
        from dfguard.cli.unused import unused

        sys.stderr.writelines(f"dfguard: {printable(sentence)}\n" for sentence in unused(found, options))
    return Report(tuple(_said_once(reports)), tuple(refused), maybe, tuple(left_out)), level


def _said_once(reports: list[TargetReport]) -> Iterator[TargetReport]:
    """The reports, each without what an earlier one says of the same place outside its Dockerfile: many Dockerfiles share
    a workflow, a compose file or a program.
    """
    said: set[tuple[object, ...]] = set()
    for report in reports:
        kept = []
        for found in report.diagnostics:
            place = found.finding.place
            key = (found.rule, place.path, place.span.start, place.span.end, found.finding.message)
            if place.path == report.path or key not in said:
                kept.append(found)
            said.add(key)
        yield report if len(kept) == len(report.diagnostics) else replace(report, diagnostics=tuple(kept))


def _done(one: Found, given: dict[str, object], options: Arguments, check: Check) -> Outcome:
    from dfguard.cli.outcomes import outcome_of

    def done() -> Outcome:
        settings = settings_of(one, given, options)
        return (check(one, settings), settings.fail_on, settings.shows_maybe) if settings else None

    return outcome_of(one, done)


def rendered(report: Report, options: Arguments) -> str:
    """The report in the format of the call."""
    match options["format"]:
        case "json":
            from dfguard.reports.json_report import render
        case "sarif":
            from dfguard.reports.sarif import render
        case "github":
            from dfguard.reports.github import render
        case _:
            from dfguard.reports import text

            names = options["output"] is not None
            if wants_colour(options):
                return text.render_colour(report, names_refusals=names)
            return text.render(report, names_refusals=names)
    return render(report)


def wants_colour(options: Arguments) -> bool:
    """Whether the text is for a person who watches: told so, or a terminal that does not ask for plain text."""
    if options["color"] != "auto":
        return options["color"] == "always"
    return (
        options["output"] is None
        and sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
    )


def write(text: str, options: Arguments) -> None:
    """Write a report to --output, else to standard output."""
    output = text_of(options, "output")
    if output is not None:
        from dfguard.cli.output import write_output

        write_output(output, text.encode("utf-8", "backslashreplace"))
        return
    say(text)


def exit_code(report: Report, level: Severity | None, options: Arguments) -> int:
    """Say (but for annotations, which do) what could not be checked, on standard error, and give the exit code of the report: to check nothing is a
    mistake, unless all that was named may be left out (--force-exclude).
    """
    is_said = options["format"] == "github" and options["output"] is None
    for line in () if is_said else report.refusal_lines():
        complain(f"dfguard: {line}\n")
    if any(target.crashes for target in report.targets):
        return INTERNAL
    if report.refusals:
        return MISTAKE
    if not report.targets and not options.get("force_exclude"):
        sys.stderr.write(
            f"dfguard: nothing was checked (left out: {report.left_out_text()}); name a file to check it\n"
        )
        return MISTAKE
    return FINDINGS if any(t.fails(level, maybe=report.shows_maybe) for t in report.targets) else 0
