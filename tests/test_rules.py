"""Every example of every rule: bad ones are found exactly where they are marked, good ones stay silent."""

from __future__ import annotations

import pytest

from dfguard.checks.registry import all_rules, find
from dfguard.testing import Case, cases


@pytest.mark.parametrize("case", cases(), ids=str)
def test_example(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_rule_is_complete(rule: object) -> None:
    from dfguard.checks.rule import Rule

    assert isinstance(rule, Rule)
    assert rule.documentation.strip()
    assert (
        rule.module.rsplit(".", 1)[1] == rule.name.replace("-", "_")
        or rule.module.startswith("dfguard.checks.") is False
    )
    if rule.check is not None:
        assert len(rule.good) >= len(rule.bad), "at least as many silent examples as findings"


def test_ids_names_and_aliases_are_selectors() -> None:
    for rule in all_rules():
        for selector in (rule.id, rule.name, rule.id.lower(), *rule.aliases):
            assert find(selector) == (rule,)
    assert find("ALL") == all_rules()
    assert {r.id[:4] for r in find("DFG2")} == {"DFG2"}
    assert find("no-such-rule") == ()
