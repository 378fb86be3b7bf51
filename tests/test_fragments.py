"""Dockerfiles without FROM: what a rule says of one stage it says of the fragment, unless it needs to know the image."""

from __future__ import annotations

import pytest

from dfguard.checks.registry import all_rules
from dfguard.checks.rule import Bad, Rule
from dfguard.testing import findings, unmark

NEEDS_THE_IMAGE = frozenset(
    [
        *("DFG107", "DFG201", "DFG202", "DFG204", "DFG208", "DFG209", "DFG210", "DFG211", "DFG212", "DFG216"),
        *("DFG217", "DFG305", "DFG306", "DFG307", "DFG403", "DFG404", "DFG410", "DFG411", "DFG414"),
        *("DFG505", "DFG607", "DFG608", "DFG702", "DFG703", "DFG704", "DFG705", "DFG707", "DFG709", "DFG712"),
        *("DFG220", "DFG221", "DFG716", "DFG717", "DFG718", "DFG719", "DFG720"),
    ]
)
"""The base image, what is in it, or the program that it starts decides."""
NEEDS_STAGES = frozenset({"DFG903", "DFG922", "DFG958", "DFG972", "DFG974"})


def fragments(rule: Rule) -> list[Bad]:
    """The examples of one stage whose FROM is not what the rule speaks of."""
    return [e for e in rule.bad if e.text.upper().count("FROM ") == 1 and "«" not in _from(e.text)]


def _from(text: str) -> str:
    return next((line for line in text.splitlines() if line.upper().startswith("FROM ")), "«")


RULES = [rule for rule in all_rules() if fragments(rule)]


def says(rule: Rule, example: Bad) -> bool:
    """Whether the rule says the same of the example without its FROM; no rule may crash."""
    text, spans = unmark(example.text.replace(f"{_from(example.text)}\n", "", 1))
    files = {name: unmark(content)[0] for name, content in (example.files or {}).items()}
    found = findings(rule, text, files, example.name, example.options or {})
    assert not [d for d in found if d.rule == "DFG000"]
    places = sorted((d.span.start, d.span.end) for d in found if d.finding.place.path == example.name)
    return places == list(spans)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_that_needs_no_image_speaks_of_fragments(rule: Rule) -> None:
    speaks = [says(rule, example) for example in fragments(rule)]
    assert any(speaks) is (rule.id not in NEEDS_THE_IMAGE | NEEDS_STAGES)


def test_a_fragment_is_no_image_without_a_program() -> None:
    for rule in all_rules():
        if rule.id in ("DFG505", "DFG903", "DFG954", "DFG958"):
            assert findings(rule, "RUN true\n", {}, "Dockerfile", {}) == []


def test_the_build_context_of_a_fragment_is_a_guess() -> None:
    (rule,) = (rule for rule in all_rules() if rule.id == "DFG601")
    for text, certainty in (("COPY a /a\n", "maybe"), ("FROM b\nCOPY a /a\n", "sure")):
        (found,) = findings(rule, text, {}, "Dockerfile", {})
        assert found.finding.certainty.value == certainty
