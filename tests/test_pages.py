"""The rules' pages: what they show is what `dfguard check` prints, and every name a rule has leads to its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dfguard.checks.registry import all_rules, find
from dfguard.checks.rule import Bad, Rule
from dfguard.cli.app import run
from dfguard.cli.check import run_check
from dfguard.cli.options import read_plainly
from dfguard.testing import unmark

DOCS = Path(__file__).parents[1] / "rules" / "docs"
RULES = [rule for rule in all_rules() if rule.bad]
OPTIONS = {"platform", "volume", "target", "profile"}
"""Those that the command line takes as they are."""


def _page(rule: Rule) -> str:
    return (DOCS / f"{rule.id}.md").read_text(encoding="utf-8")


def _told(rule: Rule) -> Bad | None:
    """The first example that needs nothing but options of the command line."""
    shown = (e for e in rule.bad[:3] if set(e.options or {}) <= OPTIONS and "TOKEN" not in e.text)
    return next((e for e in shown if unmark(e.text)[0].replace("\n", "").isprintable()), None)


def _printed(
    rule: Rule, example: Bad, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[str, list[str]]:
    """What `dfguard check` prints for the example, laid down as files, and its findings one by one."""
    for name, content in {**(example.files or {}), example.name: example.text}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(unmark(content)[0].encode())
    options = {"platform": "docker", **(example.options or {})}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    read = read_plainly([*words, "--no-cache", "--maybe", "--select", rule.id, example.name])
    assert read is not None
    run_check(*read)
    text = capsys.readouterr().out
    return text, [part for part in text.split("\n\n") if re.match(r"\S+:\d+:\d+: ", part)]


@pytest.mark.parametrize("rule", [rule for rule in RULES if _told(rule)], ids=lambda rule: rule.id)
def test_a_page_shows_what_is_printed(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = _told(rule)
    assert example is not None
    monkeypatch.chdir(tmp_path)
    text, found = _printed(rule, example, tmp_path, capsys)
    page = _page(rule)
    assert found, text
    assert all(part in page for part in found), text


def test_most_pages_are_held_against_the_command_line() -> None:
    assert sum(_told(rule) is not None for rule in RULES) > 0.9 * len(RULES)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_a_page_has_its_parts(rule: Rule) -> None:
    page = _page(rule)
    assert page.startswith(f"# {rule.id} {rule.name}\n")
    first = page.split("\n")[2]
    assert all(alias in first for alias in rule.aliases)
    assert ("also known as" in first) is bool(rule.aliases)
    assert ("\n## Differs from\n" in page) is bool(rule.differs)
    assert not rule.differs or rule.differs in page
    assert ("\n## Found\n\n```dockerfile" in page) is bool(rule.bad)


def test_the_list_names_all_parity_rules_with_their_aliases(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "--format", "json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    parity = [row for name, row in rows.items() if name.startswith("DFG9")]
    assert len(parity) >= 81
    assert all(row["aliases"] for row in parity)
    assert rows["DFG908"]["aliases"] == ["DL3008"]


def _names() -> list[tuple[str, str]]:
    found = []
    for rule in all_rules():
        for name in (rule.id, rule.name, *rule.aliases):
            found.append((name, rule.id))
            if re.fullmatch(r"DL\d+", name):
                found.append((f"hadolint/{name}", rule.id))
            elif rule.id.startswith("DFG9") and name.isalpha() and name[0].isupper():
                found.append((f"buildkit/{name}", rule.id))
    return [*found, ("SC2086", "DFG7SC"), ("shellcheck/SC1091", "DFG7SC"), ("dl3008", "DFG908")]


def test_every_name_leads_to_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    for name, rule in _names():
        if "/" not in name:
            assert [r.id for r in find(name)] == [rule], name
    for name in (
        "DL3008",
        "hadolint/DL3008",
        "buildkit/UndefinedVar",
        "SC2086",
        "shellcheck/SC2086",
        "pin-apt",
    ):
        rule = dict(_names()).get(name) or "DFG7SC"
        assert run(["explain", name]) == 0
        assert capsys.readouterr().out.rstrip("\n") == (DOCS / f"{rule}.md").read_text().rstrip("\n")
