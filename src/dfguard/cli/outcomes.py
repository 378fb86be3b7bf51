"""Dockerfiles to what comes of each: out of the result cache or checked, on one processor or several, in groups.

ShellCheck is asked once for each group: starting it takes as long as reading some ten texts.
"""

from __future__ import annotations

import marshal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from dfguard.cli.given import settings_of
from dfguard.core import observed
from dfguard.core.errors import DfguardError
from dfguard.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.cli.options import Arguments
    from dfguard.core.findings import Severity
    from dfguard.core.observed import Looks
    from dfguard.discover.targets import Found
    from dfguard.engine import Crash
    from dfguard.lint import Check, TargetReport
    from dfguard.syntax.shell.shellcheck import ShellText

    Checked = tuple[TargetReport, Severity | None, bool]
    Outcome = Checked | str | None
    """The report, why there is none (the user's to mend), or None for what the configuration excludes."""

T = TypeVar("T")
FEWEST_FOR_WORKERS = 8
LARGEST_GROUP = 16
"""All of a group is in memory at the same time, some megabytes for each file."""
GROUPS_FOR_EACH = 4
"""A worker gets at least so many groups, as long as there are files: one may take far longer than the others."""


class _Begun(Record):
    """A check that waits for ShellCheck; `key` is where to keep the result, `looks` are those at the disk until now."""

    check: Check
    level: Severity | None
    maybe: bool
    texts: tuple[ShellText, ...]
    key: bytes | None
    looks: Looks | None


def outcomes_of(
    found: list[Found], given: dict[str, object], options: Arguments, jobs: int
) -> Iterator[Outcome]:
    """What comes of each Dockerfile. The first one is checked here, so that workers start with all they need loaded."""
    from dfguard.cli import workers
    from dfguard.cli.tidying import Tidying

    tidying = Tidying()

    def work(group: list[Found]) -> list[Outcome]:
        outcomes = _outcomes(group, given, options)
        tidying.between()
        return outcomes

    is_spread = jobs > 1 and len(found) >= FEWEST_FOR_WORKERS and workers.can_fork()
    yield from work(found[:1])
    if not is_spread:
        for group in _groups(found[1:], 1):
            yield from work(group)
        return
    for group, data in _spread(_groups(found[1:], jobs), jobs, work):
        if data is not None:
            yield from _revived(data)
            continue
        for (one,), alone in _spread([[one] for one in group], jobs, work):
            yield from [_ended(one)] if alone is None else _revived(alone)


def _groups(found: list[Found], jobs: int) -> list[list[Found]]:
    size = max(1, min(LARGEST_GROUP, len(found) // (jobs * GROUPS_FOR_EACH)))
    return [found[start : start + size] for start in range(0, len(found), size)]


def _spread(groups: list[list[Found]], jobs: int, work: Any) -> Iterator[tuple[list[Found], bytes | None]]:
    """Each group and what workers make of it; None when it ended its process."""
    from dfguard.cli import workers
    from dfguard.cli.kept import plain

    def packed(number: int) -> bytes:
        return marshal.dumps([plain(*o) if isinstance(o, tuple) else o for o in work(groups[number])])

    yield from zip(groups, workers.spread(len(groups), jobs, packed), strict=True)


def _revived(data: bytes) -> Iterator[Outcome]:
    from dfguard.cli.kept import revived

    told: list[Any] = marshal.loads(data)  # noqa: S302  from our own workers
    yield from (revived(outcome) if isinstance(outcome, tuple) else outcome for outcome in told)


def _ended(one: Found) -> Outcome:
    """The report on a Dockerfile that ended the process of its worker, again and again."""
    from dfguard.engine import Crash

    return _crashed(one, Crash("the analysis", RuntimeError("it ended its process")))


def outcome_of(one: Found, action: Callable[[], T]) -> T | Checked | str:
    """What the action gives for a Dockerfile: the user's mistake as a sentence, a fault of ours as a report that says so."""
    from dfguard.engine import Crash, contained

    try:
        found = contained("the check", action)
    except DfguardError as error:
        return str(error)
    return _crashed(one, found) if isinstance(found, Crash) else found


def _crashed(one: Found, crash: Crash) -> Checked:
    """A report of DFG000 alone; neither the file nor its settings are looked at again."""
    from dfguard import lint
    from dfguard.config.settings import Settings
    from dfguard.core.source import Source
    from dfguard.discover.targets import Target
    from dfguard.disk import InMemoryContext

    settings = Settings()
    target = Target(Source(one.path, ""), InMemoryContext({}))
    return lint.crashed(target, settings, crash), settings.fail_on, settings.shows_maybe


def _outcomes(group: list[Found], given: dict[str, object], options: Arguments) -> list[Outcome]:
    begun = [_begun_or_kept(one, given, options) for one in group]
    if len(group) > 1 and any(isinstance(one, _Begun) and one.texts for one in begun):
        from dfguard.syntax.shell.shellcheck import ask

        ask(text for one in begun if isinstance(one, _Begun) for text in one.texts)
    return [
        outcome_of(one, partial(_finished, start)) if isinstance(start, _Begun) else start
        for one, start in zip(group, begun, strict=True)
    ]


def _begun_or_kept(one: Found, given: dict[str, object], options: Arguments) -> _Begun | Outcome:
    """The beginning of a check, or the outcome where it is known: nothing changed since the last time, for one."""

    def begun() -> _Begun | Outcome:
        if options["no_cache"] or one.is_standard_input:
            return _begun(one, given, options, None)
        from dfguard import cache
        from dfguard.cli.again import key_of
        from dfguard.cli.kept import revived

        key = key_of(one.file, options, is_named=one.is_named)
        kept: Any = cache.look(key)
        return revived(kept) if kept is not None else _begun(one, given, options, key)

    return outcome_of(one, begun)


def _begun(one: Found, given: dict[str, object], options: Arguments, key: bytes | None) -> _Begun | None:
    from dfguard.discover.targets import target_of
    from dfguard.lint import Check

    looks = None
    if key is not None:
        observed.record()
    try:
        settings = settings_of(one, given, options)
        if settings is None:
            return None
        check = Check(target_of(one, settings), settings)
        texts = check.shell_texts()
    finally:
        looks = observed.recorded()
    return _Begun(check, settings.fail_on, settings.shows_maybe, texts, key, looks)


def _finished(begun: _Begun) -> Outcome:
    """The report; kept for the next time, unless something crashed, did not work, or changed under way."""
    if begun.looks is not None:
        observed.record(begun.looks)
    try:
        report = begun.check.report()
    finally:
        looks = observed.recorded()
    if begun.key is not None and not report.crashes and not report.failures:
        from dfguard import cache
        from dfguard.cli.kept import plain

        cache.keep(begun.key, looks, plain(report, begun.level, begun.maybe))
    return report, begun.level, begun.maybe
