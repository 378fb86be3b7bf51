"""Users and groups that USER, --chown and commands name and that surely do not exist there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.record import Record
from dfguard.interp.build.expansion import expand
from dfguard.interp.state.lookup import build_lookup
from dfguard.interp.state.model import Failure, Lack
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Place
    from dfguard.interp.filesystem.accounts import Accounts
    from dfguard.interp.state.model import StageTrace, Step
    from dfguard.syntax.dockerfile.document import Document


class UnknownAccount(Record):
    """`kind` is `user` or `group`; `keyword` the instruction (`RUN` for a command, then `why` says what it says)."""

    place: Place
    kind: str
    name: str
    keyword: str
    is_certain: bool = True
    why: str = ""


def unknown_accounts(
    traces: tuple[StageTrace, ...], target: StageTrace | None, document: Document
) -> Iterator[UnknownAccount]:
    """Those of the shipped stages; `target` is the one that becomes the image."""
    for trace in traces:
        for step in trace.steps if trace.is_shipped else ():
            keyword = step.instruction.keyword
            if keyword == "USER":
                yield from _of_user(step, trace, is_image=trace is target)
            elif keyword in ("COPY", "ADD"):
                yield from _of_chown(step, document)
            for run in step.effects.commands:
                if run.lacks is Lack.ACCOUNT and run.failure is Failure.FATAL:
                    yield UnknownAccount(run.place, "", "", "RUN", run.is_certain, run.fails_because)


def _of_user(step: Step, trace: StageTrace, *, is_image: bool) -> Iterator[UnknownAccount]:
    """A name that does not exist at the end of the stage either: it fails with the next RUN, or when the container starts."""
    text = known(step.after.user)
    if not text or not step.instruction.arguments or not (is_image or _runs_as(text, step, trace)):
        return
    for kind, name in _lacking(text, trace.final.files.accounts):
        yield UnknownAccount(step.instruction.arguments[0].place(), kind, name, "USER")


def _runs_as(user: str, since: Step, trace: StageTrace) -> bool:
    """Whether a RUN behind a step runs as the user."""
    behind = trace.steps[trace.steps.index(since) + 1 :]
    return any(step.instruction.keyword == "RUN" and known(step.before.user) == user for step in behind)


def _of_chown(step: Step, document: Document) -> Iterator[UnknownAccount]:
    flag = step.instruction.flag("chown")
    if flag is None or flag.value is None:
        return
    text = known(expand(flag.value, build_lookup(step.before), document.escape))
    for kind, name in _lacking(text or "", step.before.files.accounts):
        yield UnknownAccount(flag.value.place(), kind, name, step.instruction.keyword)


def _lacking(text: str, accounts: Accounts) -> Iterator[tuple[str, str]]:
    user, _, group = text.partition(":")
    if user and not is_number(user) and accounts.lacks_user(user):
        yield "user", user
    elif group and not is_number(group) and accounts.lacks_group(group):
        yield "group", group
