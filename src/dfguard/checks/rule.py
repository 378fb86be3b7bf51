"""What a rule is: a check with its identity, its sources and its examples; and the decorator that makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from dfguard.core.findings import Finding, Severity
from dfguard.core.record import Record

if TYPE_CHECKING:
    from dfguard.facts import Facts

Check = Callable[["Facts"], Iterator[Finding]]


class Bad(Record):
    """An example with findings: «guillemets» mark each expected span, in the Dockerfile or in `files`.

    `fixed` is the Dockerfile (or the file that the finding is in) after the fix (None: the finding has no fix). `files` is the build context;
    `name` the Dockerfile's name in it, `options` what the command line would say (`platform`, `target`,
    `volume`, `strict`, `build-arg` as `K=V` lines). `certainty_is_maybe` marks findings that are only MAYBE.
    `message` must occur in each message when given, `advice` in each advice. `severity` None is the rule's own.
    """

    text: str
    fixed: str | None = None
    files: Mapping[str, str] | None = None
    name: str = "Dockerfile"
    options: Mapping[str, str] | None = None
    certainty_is_maybe: bool = False
    message: str = ""
    advice: str = ""
    severity: Severity | None = None


class Good(Record):
    """An example on which the rule stays silent, sure and maybe alike; `why` names the trap it stands for."""

    text: str
    why: str = ""
    files: Mapping[str, str] | None = None
    name: str = "Dockerfile"
    options: Mapping[str, str] | None = None


class Rule(Record):
    """A rule as the user sees it. `check` is None for what the engine itself reports (DFG000, DFG001).

    `documentation` is the check's docstring: the first line is the summary. `is_default` False: only on when
    selected or in a profile that names it. `module` is the dotted name of the module that holds it. `covers` are ids of
    rules whose findings at the same place say less: they give way, and a suppression of them silences this rule, too.
    `overrules` are ids of rules that have nothing to say where this one is right (the version of an image that does not
    exist): they give way as well, and a suppression of them is theirs alone.
    """

    id: str
    name: str
    severity: Severity
    check: Check | None
    since: str
    sources: tuple[str, ...]
    bad: tuple[Bad, ...]
    good: tuple[Good, ...]
    aliases: tuple[str, ...]
    documentation: str
    module: str
    is_default: bool = True
    differs: str = ""
    covers: tuple[str, ...] = ()
    overrules: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.documentation.strip().split("\n", 1)[0].rstrip(".")


_registered: dict[str, Rule] = {}
_owners: dict[str, tuple[str, str]] = {}


def rule(  # noqa: PLR0913  a rule's own fields, all but the first three by keyword
    identifier: str,
    name: str,
    severity: Severity,
    *,
    since: str,
    sources: tuple[str, ...],
    bad: tuple[Bad, ...],
    good: tuple[Good, ...],
    aliases: tuple[str, ...] = (),
    is_default: bool = True,
    differs: str = "",
    covers: tuple[str, ...] = (),
    overrules: tuple[str, ...] = (),
) -> Callable[[Check], Check]:
    """Register the decorated generator as a rule; its docstring becomes the rule's page.

    Raises ValueError for a rule without docstring, sources, bad or good examples, or with an id or name in use.
    """

    def register(check: Check) -> Check:
        if not (check.__doc__ and sources and bad and good):
            raise ValueError(f"{identifier} needs a docstring, sources, and bad and good examples")
        add(
            Rule(
                identifier,
                name,
                severity,
                check,
                since,
                sources,
                bad,
                good,
                aliases,
                check.__doc__,
                check.__module__,
                is_default,
                differs,
                covers,
                overrules,
            )
        )
        return check

    return register


def declare(
    identifier: str,
    name: str,
    severity: Severity,
    documentation: str,
    *,
    since: str,
    module: str,
    is_default: bool = True,
) -> Rule:
    """Register a rule whose findings the engine or the triage makes; `documentation` is its page."""
    made = Rule(identifier, name, severity, None, since, (), (), (), (), documentation, module, is_default)
    add(made)
    return made


def add(made: Rule) -> None:
    """Put a rule into the registry; raise ValueError when its id, name or an alias is taken by another module's rule."""
    for name in (made.id, made.name, *made.aliases):
        owner = _owners.setdefault(name, (made.module, made.id))
        if owner != (made.module, made.id):
            raise ValueError(f"{made.module}: {name} belongs to {owner[0]}")
    _registered[made.id] = made


def registered() -> tuple[Rule, ...]:
    """All rules registered so far, sorted by id."""
    return tuple(_registered[identifier] for identifier in sorted(_registered))
