"""Compares dfguard's verdict on real Python in Dockerfiles with that of the Python it runs on.

    python benchmarks/snippets.py REPOSITORY ... [--most 5000] [--broken 3] [--show]

A REPOSITORY is a git directory; every version of every Dockerfile in its history is read, each text once. Of every distinct
snippet (`-c`, here-documents, piped and generated text) the running Python's `compile` says whether it is Python; DFG101 to DFG106
must say something of each that is none, and nothing of the others. What only another Python takes (Python 2, newer syntax) and what
the shell fills in is counted apart. `python -c` without a snippet is listed, to show what was not read. Real Python is nearly always right: `--broken N`
takes one character out of each snippet, in N places one after the other, and compares again. Exit code 1 when they differ.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import warnings
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dfguard.config.settings import Settings
from dfguard.core.source import Source, Span
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play
from dfguard.interp.runtime.code import snippets_of_step
from dfguard.interp.state.inputs import Deployment, World
from dfguard.knowledge.load import load_knowledge
from dfguard.lint import check_target
from dfguard.syntax import shell
from dfguard.syntax.dockerfile.parser import parse
from dfguard.syntax.embedded import snippets
from dfguard.syntax.python.verdict.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.syntax.python.program import Snippet

RULES = ("DFG101", "DFG102", "DFG104", "DFG106")
NAME = re.compile(rb"(?:^|/)(?:[^/]*[.-])?(?:docker|container)file(?:[.-][^/]*)?(?<!\.md)$", re.IGNORECASE)
CALLED = re.compile(r"(?:python|pypy)[\d.]*\s(?:-\w+\s+)*?-\w*c\s")


class Verdict(NamedTuple):
    """One snippet: what Python says of it (empty: it compiles) and which rules spoke; `apart`: why the two may differ."""

    snippet: Snippet
    refused: str
    rules: tuple[str, ...]
    apart: str
    place: str

    @property
    def kind(self) -> str:
        """How the two verdicts go together."""
        if self.apart:
            return f"apart: {self.apart}"
        if self.refused:
            return "refused, reported" if self.rules else "REFUSED, NOT REPORTED"
        return "ACCEPTED, REPORTED" if self.rules else "accepted, silent"

    @property
    def shown(self) -> str:
        """The snippet with both verdicts."""
        return f"== {self.kind} {self.place} {self.rules} {self.refused}\n{self.snippet.code.value}\n"


def dockerfiles(repository: str) -> Iterator[tuple[str, str]]:
    """The Dockerfiles of a repository's history: where each lies, and its text, every text once."""
    git = ("git", f"--git-dir={repository}")
    listed = subprocess.run(
        [*git, "rev-list", "--objects", "--missing=allow-any", "--all"], capture_output=True, check=False
    ).stdout
    found = {row[:40]: row[41:] for row in listed.splitlines() if NAME.search(row[41:])}
    if not found:
        return
    asked = b"\n".join(found) + b"\n"
    answer = subprocess.run(
        [*git, "cat-file", "--batch"], input=asked, capture_output=True, check=False
    ).stdout
    at = 0
    for name, path in found.items():
        head, _, _ = answer[at : at + 200].partition(b"\n")
        at += len(head) + 1
        if not head.endswith(b"missing"):
            size = int(head.split()[2])
            data, at = answer[at : at + size], at + size + 1
            if head.split()[1] == b"blob" and size < 1 << 20:
                shown = f"{repository}:{path.decode('utf-8', 'replace')}@{name.decode()[:8]}"
                yield shown, data.decode("utf-8", "surrogateescape")


def snippets_of(source: Source) -> Iterator[Snippet]:
    """Every piece of Python that the instructions hold, with the SHELL that holds there."""
    words: tuple[str, ...] = ("/bin/sh", "-c")
    for instruction in parse(source).instructions:
        if instruction.keyword == "FROM":
            words = ("/bin/sh", "-c")
        if instruction.keyword == "SHELL":
            words = tuple(argument.value for argument in instruction.arguments)
        yield from snippets.snippets_of_instruction(instruction, shell.run_script(instruction, words))


def verdicts(shown: str, text: str, seen: set[str]) -> Iterator[Verdict]:
    """What Python and the rules say of the snippets of one file that were not seen before."""
    source = Source(shown, text)
    new = [s for s in snippets_of(source) if s.code.value not in seen]
    if not new:
        return
    report = check_target(Target(source, InMemoryContext({})), Settings(select=RULES, platform="docker"))
    played = _played(source)
    places = [(d.rule, d.finding.place.span) for d in report.diagnostics]
    for snippet in new:
        if snippet.code.value in seen:
            continue
        seen.add(snippet.code.value)
        refused = refusal(snippet.code.value)
        span = _stretch(snippet)
        rules = tuple(rule for rule, where in places if _within(span, where))
        line = source.line_of(span.start)
        apart = _apart(snippet, refused) or ("" if snippet.code.value in played else "not read by the build")
        yield Verdict(snippet, refused, rules, apart, f"{shown}:{line}")


def _played(source: Source) -> frozenset[str]:
    """The Python that the build has: not that of stages nobody needs, nor what an unknown shell prints."""
    knowledge = load_knowledge()
    platform = knowledge.platform("docker") or knowledge.platforms[0]
    traces = play(parse(source), World(InMemoryContext({}), knowledge, Deployment(platform)))
    needed = (step for trace in traces if trace.is_shipped for step in trace.steps)
    return frozenset(snippet.code.value for step in needed for snippet in snippets_of_step(step))


def _stretch(snippet: Snippet) -> Span:
    """From the first to the last character of the file that is in the code, in whatever order printf put them."""
    runs = snippet.code.runs
    return Span(min(run.origin for run in runs), max(run.origin + run.length for run in runs))


def _within(whole: Span, part: Span) -> bool:
    return whole.start <= part.start and part.end <= whole.end + 1


def refusal(code: str) -> str:
    """Why the running Python refuses the code, empty when it takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "<snippet>", "exec")
        except (SyntaxError, ValueError) as error:
            return str(error)
    return ""


def _apart(snippet: Snippet, refused: str) -> str:
    if not refused:
        return ""
    fault = check(snippet.code.value)
    if fault is not None and fault.is_python2 and "2" in (snippet.interpreter or ""):
        return "Python 2"
    if fault is None and any(start <= 0 for start, _ in snippet.holes):
        return "the shell fills it in"
    return ""


def broken(text: str, snippet: Snippet, count: int) -> Iterator[str]:
    """The Dockerfile without one character of the snippet's grammar, spread over the snippet."""
    code = snippet.code
    places = [at for at, character in enumerate(code.value) if character in "()[]{}:'\"=,"]
    for at in places[:: max(1, len(places) // count)][:count] if count else ():
        start = code.offset(at)
        if text[start] == code.value[at]:
            yield text[:start] + text[start + 1 :]


def unread(text: str) -> Iterator[str]:
    """The instructions that call `python -c` and of which no snippet was read."""
    source = Source("Dockerfile", text)
    read = [snippet.command.span for snippet in snippets_of(source)]
    for instruction in parse(source).instructions:
        found = source.text_of(instruction.span).value
        holds = any(instruction.span.start <= span.start < instruction.span.end for span in read)
        if instruction.keyword != "COMMENT" and CALLED.search(found) and not holds:
            yield found


def main() -> None:
    """Read the repositories and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+")
    parser.add_argument(
        "--most", type=int, default=5000, help="distinct texts of one repository that are read"
    )
    parser.add_argument("--broken", type=int, default=0, help="how often a snippet is broken")
    parser.add_argument(
        "--show", action="store_true", help="the snippets where the two differ, and what was not read"
    )
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    seen: set[str] = set()
    left: set[str] = set()
    for repository in options.repositories:
        for number, (shown, text) in enumerate(dockerfiles(repository)):
            if number >= options.most:
                break
            counts["Dockerfiles"] += 1
            if not re.search("python|pypy", text):
                continue
            left.update(unread(text))
            for verdict in tuple(verdicts(shown, text, seen)):
                counts[verdict.kind] += 1
                forms[",".join(verdict.rules) or "none"] += 1
                if options.show and (verdict.kind.isupper() or verdict.apart):
                    print(verdict.shown)
                for worse in broken(text, verdict.snippet, options.broken):
                    for other in verdicts(shown, worse, seen.copy()):
                        counts[f"broken: {other.kind}"] += 1
                        if options.show and other.kind.isupper():
                            print(other.shown)
    for text in sorted(left) if options.show else ():
        print(f"== not read\n{text}\n")
    print(f"{len(seen)} distinct snippets of {counts.pop('Dockerfiles')} Dockerfiles")
    for name, count in sorted(counts.items()):
        print(f"{count:6}  {name}")
    print(f"{len(left):6}  instructions with `python -c` of which nothing was read")
    print("rules: " + ", ".join(f"{name} {count}" for name, count in sorted(forms.items())))
    sys.exit(1 if any(name.removeprefix("broken: ").isupper() for name in counts) else 0)


if __name__ == "__main__":
    main()
