"""A rule's examples to test cases, for this project and for third-party rules.

A test module needs two lines::

    @pytest.mark.parametrize("case", cases(), ids=str)
    def test_example(case): case.verify()
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dfguard.checks.registry import all_rules
from dfguard.checks.rule import Bad, Good
from dfguard.config.settings import Settings
from dfguard.core.edits import apply_edits
from dfguard.core.findings import Certainty
from dfguard.core.project import Surroundings
from dfguard.core.record import Record
from dfguard.core.source import Source
from dfguard.discover.context_choice import may_come
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import TargetReport, check_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.checks.rule import Rule
    from dfguard.core.findings import Diagnostic

OPEN, CLOSE = "«", "»"


def unmark(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without guillemets, and the half-open offsets in it that they enclosed; they may nest."""
    clean: list[str] = []
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for character in text:
        if character == OPEN:
            opened.append(len(clean))
        elif character == CLOSE:
            spans.append((opened.pop(), len(clean)))
        else:
            clean.append(character)
    return "".join(clean), tuple(sorted(spans))


class Case(Record):
    """One example of one rule."""

    rule: Rule
    number: int
    example: Bad | Good

    def __str__(self) -> str:
        """Readable test id."""
        kind = "bad" if isinstance(self.example, Bad) else "good"
        return f"{self.rule.id}-{kind}-{self.number}"

    def verify(self) -> None:
        """Raise AssertionError unless the rule says about the example exactly what the example claims."""
        example = self.example
        text, spans = unmark(example.text)
        files = {name: unmark(content) for name, content in (example.files or {}).items()}
        context = {name: content for name, (content, _) in files.items()}
        found = findings(self.rule, text, context, example.name, example.options or {})
        expected = sorted((example.name, *span) for span in spans)
        expected += sorted((name, *span) for name, (_, marks) in sorted(files.items()) for span in marks)
        places = [(d.finding.place.path, d.span.start, d.span.end) for d in found]
        assert sorted(places) == sorted(expected), f"{self}: expected {expected}, found {_shown(found)}"
        if isinstance(example, Bad):
            self._verify_bad(example, found, context)

    def _verify_bad(self, example: Bad, found: list[Diagnostic], context: Mapping[str, str]) -> None:
        wanted = Certainty.MAYBE if example.certainty_is_maybe else Certainty.SURE
        assert all(d.finding.certainty is wanted for d in found), f"{self}: certainty is not {wanted.value}"
        severity = example.severity or self.rule.severity
        for d in found:
            assert example.severity is None or d.severity is severity, (
                f"{self}: {d.severity} instead of {severity}"
            )
            assert example.message in d.finding.message, (
                f"{self}: {d.finding.message!r} lacks {example.message!r}"
            )
            assert example.advice in (d.finding.advice or ""), (
                f"{self}: {d.finding.advice!r} lacks {example.advice!r}"
            )
            assert d.finding.message[:1] not in (" ", ""), (
                f"{self}: {d.finding.message!r} begins with nothing"
            )
            assert not d.finding.message.endswith("."), f"{self}: {d.finding.message!r} ends with a full stop"
        fixes = [d.finding.fix for d in found if d.finding.fix]
        if example.fixed is None:
            assert not fixes, f"{self}: has a fix but the example shows none"
            return
        source = next(e.place.source for fix in fixes for e in fix.edits)
        fixed = apply_edits(source, dict.fromkeys(e for fix in fixes for e in fix.edits))
        assert fixed == example.fixed, f"{self}: the fix gives\n{fixed}\nand not\n{example.fixed}"
        text = unmark(example.text)[0]
        is_own = source.path == example.name
        text, context = (fixed, context) if is_own else (text, {**context, source.path: fixed})
        again = findings(self.rule, text, context, example.name, example.options or {})
        assert not again, f"{self}: the fix does not silence the rule: {_shown(again)}"


def findings(
    rule: Rule, text: str, files: Mapping[str, str], name: str, options: Mapping[str, str]
) -> list[Diagnostic]:
    """What the whole pipeline says when only this rule is selected; sure and maybe."""
    return [
        d
        for d in _report(text, files, name, options, (rule.id,)).shown(maybe=True)
        if d.rule in (rule.id, "DFG000") or rule.id in d.aliases
    ]


def shown(
    text: str, files: Mapping[str, str], name: str, options: Mapping[str, str]
) -> tuple[Diagnostic, ...]:
    """What a user sees with the profile of the options and no further settings."""
    return _report(text, files, name, options, ()).shown(maybe=False)


def _report(
    text: str, files: Mapping[str, str], name: str, options: Mapping[str, str], select: tuple[str, ...]
) -> TargetReport:
    """The report of the whole pipeline; `options` are those of an example."""
    settings = Settings(
        select=select,
        platform=options.get("platform", "docker"),
        volume=options.get("volume", "unknown"),
        profile=options.get("profile", "default"),
        target=options.get("target"),
        mounts=tuple(filter(None, options.get("mounts", "").split(","))),
        builder=options.get("builder", "buildkit"),
        cached_models=tuple(filter(None, options.get("cached-models", "").split(","))),
        build_arguments=tuple(
            (pair.split("=", 1)[0], pair.split("=", 1)[1])
            for pair in options.get("build-arg", "").splitlines()
        ),
        build_contexts=tuple(
            (pair.split("=", 1)[0], pair.split("=", 1)[1])
            for pair in options.get("build-context", "").splitlines()
        ),
        shows_maybe=True,
        trusted_registries=tuple(filter(None, options.get("trusted-registries", "").split(","))),
        label_schema=tuple(
            (pair.split("=", 1)[0], pair.split("=", 1)[1])
            for pair in options.get("label-schema", "").splitlines()
        ),
        strict_labels=options.get("strict-labels") == "true",
    )
    every = {**files, name: text}
    surroundings = Surroundings(Repository(MemoryFiles(every), name))
    context = InMemoryContext(every, doubt=partial(may_come, surroundings.project))
    return check_target(Target(Source(name, text), context, surroundings), settings)


def cases(rules: tuple[Rule, ...] | None = None) -> list[Case]:
    """All examples of these rules (None: of all rules) as cases."""
    found = []
    for rule in all_rules() if rules is None else rules:
        examples: tuple[Bad | Good, ...] = (*rule.bad, *rule.good)
        found += [Case(rule, number, example) for number, example in enumerate(examples, 1)]
    return found


def _shown(found: list[Diagnostic]) -> str:
    return "; ".join(
        f"{d.rule} {d.finding.place.path}:{d.span.start}-{d.span.end} {d.finding.message}" for d in found
    )
