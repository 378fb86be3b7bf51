"""The registry to documents: a page per rule with real output, the list of rules, and the published JSON schemas.

`python -m dfguard.docs` writes them below `rules/`, `--check` only compares (for the gate).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from dfguard.checks.registry import all_rules, find
from dfguard.core.edits import apply_edits
from dfguard.inspection.records import Inspection
from dfguard.knowledge.packs import bundled
from dfguard.knowledge.secrecy import Secrecy
from dfguard.knowledge.shielding import shielded
from dfguard.lint import TargetReport
from dfguard.reports.configuration import Configuration
from dfguard.reports.record_json import schema_of
from dfguard.reports.report import Report
from dfguard.reports.schema import report_schema
from dfguard.reports.text import render
from dfguard.testing import findings, unmark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.rule import Bad, Good, Rule

FAMILIES = {
    "tool": "The tool itself",
    "python": "Embedded Python",
    "runtime": "Build time against run time",
    "models": "Models: preload and cache agreement",
    "gpu": "GPU and CUDA",
    "worker": "The program in the image",
    "project": "Platform and project",
    "packaging": "Packaging and shell",
    "secrets": "Secrets and supply chain",
    "dockerfile": "Dockerfile practice",
    "packages": "Package managers",
    "labels": "Labels",
}


def page(rule: Rule) -> str:
    """The rule's page in Markdown: what it finds and why, each bad example with dfguard's real output, sources."""
    return "\n".join(_page(rule)) + "\n"


def _page(rule: Rule) -> Iterator[str]:
    facts = [f"severity: {rule.severity.value}", f"since {rule.since}"]
    facts += [f"also known as {', '.join(rule.aliases)}"] if rule.aliases else []
    facts += ["has a fix"] if any(bad.fixed is not None for bad in rule.bad) else []
    facts += [] if rule.is_default and rule.id not in _left_out() else ["off by default"]
    yield f"# {rule.id} {rule.name}\n"
    yield f"{'; '.join(facts)}\n"
    yield _dedented(rule.documentation)
    if rule.bad:
        yield "\n## Found\n"
    for bad in rule.bad[:3]:
        yield from _bad(rule, bad)
    if rule.good:
        yield "## Not found\n"
    for good in rule.good[:4]:
        yield from _good(good)
    if rule.differs:
        yield f"## Differs from\n\n{rule.differs}\n"
    yield "## Silence it\n"
    yield f"Above the instruction: `# dfguard: ignore={rule.id} why`; in the whole file: `# dfguard: ignore-file={rule.id} why`."
    if rule.sources:
        yield "\n## Sources\n"
        yield from (f"- {source}" for source in rule.sources)


def _left_out() -> frozenset[str]:
    """The rules that the default profile does not run."""
    profile = bundled().profile_pack("default")
    return frozenset(r.id for selector in (profile.ignore if profile else ()) for r in find(selector))


def _dedented(text: str) -> str:
    lines = text.strip().split("\n")
    return "\n".join(line.removeprefix("    ") for line in lines)


def _fenced(text: str, language: str) -> str:
    ticks = "````" if "```" in text else "```"
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}\n"


def _files(example: Bad | Good) -> Iterator[str]:
    for name, content in sorted((example.files or {}).items()):
        if content:
            yield f"with `{name}`:\n"
            yield _fenced(_visible(unmark(content)[0]), _language(name))


def _language(name: str) -> str:
    endings = {".py": "python", ".sh": "sh", ".yml": "yaml", ".yaml": "yaml"}
    return endings.get(os.path.splitext(name)[1], "text")


def _bad(rule: Rule, bad: Bad) -> Iterator[str]:
    text, _ = unmark(bad.text)
    context = {name: unmark(content)[0] for name, content in (bad.files or {}).items()}
    found = findings(rule, text, context, bad.name, bad.options or {})
    yield _fenced(_visible(text), "dockerfile")
    yield from _files(bad)
    report = Report((TargetReport(bad.name, ".", "", "", "", "", tuple(found)),), shows_maybe=True)
    yield _fenced(render(report).rsplit("\n\n", 1)[0], "text")
    fixes = [d.finding.fix for d in found if d.finding.fix]
    if fixes:
        source = fixes[0].edits[0].place.source
        yield "fixed:\n"
        yield _fenced(apply_edits(source, dict.fromkeys(e for fix in fixes for e in fix.edits)), "dockerfile")


def _visible(text: str) -> str:
    """The text with escapes for what would not be seen, such as a carriage return, and without tokens (made-up ones, too:
    scanners cannot know).
    """
    text = shielded(text, Secrecy(bundled().security))
    return "".join(c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _good(good: Good) -> Iterator[str]:
    if good.why:
        yield f"{good.why}:\n"
    yield _fenced(_visible(good.text), "dockerfile")
    yield from _files(good)


def index() -> str:
    """The list of all rules in Markdown, by family."""
    return "\n".join(_index()) + "\n"


def _index() -> Iterator[str]:
    rules = all_rules()
    yield "# Rules\n"
    yield f"{len(rules)} rules. Select and ignore them by id, name, alias or family prefix (`DFG2`). Generated by `make docs`.\n"
    for folder, title in FAMILIES.items():
        own = [r for r in rules if r.module.split(".")[2] == folder]
        if not own:
            continue
        yield f"## {title}\n"
        yield "| id | name | severity | finds | also known as |\n| --- | --- | --- | --- | --- |"
        for r in own:
            off = " (off)" if not r.is_default else ""
            yield f"| [{r.id}](docs/{r.id}.md) | {r.name} | {r.severity.value}{off} | {r.summary} | {', '.join(r.aliases)} |"
        yield ""


def documents() -> dict[str, str]:
    """Every generated file, by its path below the project's root."""
    from dfguard.knowledge.schema import schemas

    made = {f"rules/docs/{rule.id}.md": page(rule) for rule in all_rules()}
    made["rules/README.md"] = index()
    made["README.md"] = readme()
    made[f"{WORKER}/README.md"] = sessions(f"{WORKER}/README.md")
    made["rules/schema/inspection.json"] = (
        json.dumps(schema_of(Inspection, "dfguard inspection"), indent=2) + "\n"
    )
    made["rules/schema/config.json"] = json.dumps(schema_of(Configuration, "dfguard config"), indent=2) + "\n"
    made["rules/schema/report.json"] = json.dumps(report_schema(), indent=2) + "\n"
    for name, schema in schemas().items():
        made[f"rules/schema/{name}.json"] = json.dumps(schema, indent=2) + "\n"
    return made


WORKER = "examples/f5tts-runpod"
ORIGIN = "fixtures/origin/broken/Dockerfile.runpod"
BLOCK_END = "<!-- end -->\n"
SHOWN_PARTS = ("Mounts of the platform", "Models: baked and looked up", "Downloaded at run time")


def readme() -> str:
    """README.md with its generated blocks made anew: the origin's Dockerfile, what dfguard says of it, and of its image."""
    with open("README.md", encoding="utf-8") as file:
        text = file.read()
    with open(ORIGIN, encoding="utf-8") as file:
        dockerfile = "".join(line for line in file if not line.startswith("# expect:"))
    check = f"`dfguard check {ORIGIN}`:\n"
    text = _with_block(
        text, "origin", _fenced(dockerfile, "dockerfile"), check, _fenced(_origin_report(), "text")
    )
    return _with_block(text, "inspect", _fenced(_origin_parts(), "text"))


def _with_block(text: str, name: str, *shown: str) -> str:
    start = f"<!-- generated: {name} -->\n"
    before, rest = text.split(start)
    after = rest.split(BLOCK_END, 1)[1]
    return f"{before}{start}\n{chr(10).join(shown)}\n{BLOCK_END}{after}"


def _origin_parts() -> str:
    """The parts of the origin's inspection that say most."""
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Found, target_of
    from dfguard.lint import inspect_target
    from dfguard.reports import inspection_text

    found = inspect_target(target_of(Found(ORIGIN, ORIGIN), Settings()), Settings())
    if isinstance(found, Exception):
        raise found
    parts = inspection_text.render(found).split("\n\n")
    return "\n\n".join(part for part in parts if part.startswith(SHOWN_PARTS))


def _origin_report() -> str:
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Found, target_of
    from dfguard.lint import check_target

    return render(Report((check_target(target_of(Found(ORIGIN, ORIGIN), Settings()), Settings()),)))


def sessions(path: str) -> str:
    """A document in which each console block is made anew: `$ dfguard ...`, run in the document's folder, and what it prints."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return re.sub(
        r"^```console\n\$ dfguard (.*)\n[^`]*(?:`{1,2}[^`]+)*^```$",
        lambda block: f"```console\n$ dfguard {block[1]}\n{_printed(block[1], os.path.dirname(path))}```",
        text,
        flags=re.MULTILINE,
    )


def _printed(words: str, folder: str) -> str:
    command = [sys.executable, "-m", "dfguard", *shlex.split(words)]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    return done.stdout


def main(words: list[str]) -> int:
    """Write the documents below the working directory and remove pages of rules that are no more; the exit code.

    With `--check` only say which differ.
    """
    made = documents()
    stale = [path for path, text in made.items() if _on_disk(path) != text]
    extra = [path for path in _pages_on_disk() if path not in made]
    if "--check" in words:
        for path in (*stale, *extra):
            sys.stderr.write(f"{path} is not what `make docs` makes\n")
        return 1 if stale or extra else 0
    for path in stale:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(made[path])
        sys.stderr.write(f"{path}\n")
    for path in extra:
        os.remove(path)
        sys.stderr.write(f"{path} (removed: no rule of that id)\n")
    return 0


def _on_disk(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except OSError:
        return None


def _pages_on_disk() -> list[str]:
    folder = "rules/docs"
    return [f"{folder}/{name}" for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
