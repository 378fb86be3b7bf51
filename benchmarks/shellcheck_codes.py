"""Compares the ShellCheck codes of dfguard and hadolint on real Dockerfiles, by file, line of the RUN, and code.

    python benchmarks/shellcheck_codes.py LIST [--most 300] [--cache FOLDER]

LIST holds one path a line. hadolint 2.15.1 reports at most one code for a RUN, dfguard all of them: what counts is how
much of hadolint's is found as well. What hadolint alone says is explained by changing the Dockerfile into what hadolint
takes it for: then dfguard says it, too. Windows images are left out: hadolint reads PowerShell and cmd as if they were sh.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dfguard.config.settings import Settings
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.syntax.dockerfile.parser import parse
from differential import BATCH, hadolint_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.source import Span
    from dfguard.syntax.dockerfile.document import Document

WANTED = 0.98

Rows = set[tuple[int, str]]
"""Lines of instructions with a code."""


class Class(NamedTuple):
    """Differences in which dfguard is right: `reason` says why, `overlooked` what hadolint does not see in a file; `mark`
    may stand in its place.
    """

    name: str
    reason: str
    overlooked: Callable[[Document], Iterator[Span]]
    mark: str = ""


def _further_words(document: Document) -> Iterator[Span]:
    for instruction in document.instructions:
        if instruction.keyword == "ARG":
            yield from (word.span() for word in instruction.arguments[1:])


def _shells_before_arguments(document: Document) -> Iterator[Span]:
    shells: list[Span] = []
    for instruction in document.instructions:
        if instruction.keyword == "SHELL":
            shells.append(instruction.span)
        elif instruction.keyword == "FROM":
            shells = []
        elif instruction.keyword == "ARG":
            yield from shells


def _nothing(document: Document) -> Iterator[Span]:  # noqa: ARG001  the others look at it
    return iter(())


CLASSES = (
    Class(
        "further words of an ARG",
        "ARG A B=1 declares both variables; hadolint knows the first alone and takes the others for undeclared",
        _further_words,
        "_",
    ),
    Class(
        "a SHELL before an ARG",
        "the shell that SHELL names stays the shell; hadolint goes back to sh at the next ARG",
        _shells_before_arguments,
        "#",
    ),
    Class(
        "the end of the file",
        "BuildKit drops the backslash behind which the file ends; hadolint gives it to ShellCheck, which cannot read on",
        _nothing,
    ),
)
BROKEN_OFF = CLASSES[-1]


def ours(source: Source) -> Rows | None:
    """Line and code of what dfguard says; None for a file that is for Windows."""
    text = source.text.lower()
    if any(word in text for word in ("windows", "nanoserver", "powershell", "pwsh", "escape=`")):
        return None
    document = parse(source)
    report = check_target(
        Target(source, InMemoryContext({})), Settings(platform="docker", select=("DFG7SC",))
    )
    found = set()
    for diagnostic in report.diagnostics:
        inside = next((i for i in document.instructions if i.span.holds(diagnostic.span)), None)
        if inside is not None and diagnostic.finding.code:
            found.add((inside.line, diagnostic.finding.code))
    return found


def explained(source: Source, row: tuple[int, str]) -> Class | None:
    """The class of what hadolint alone says."""
    document = parse(source)
    for kind in CLASSES:
        spans = tuple(kind.overlooked(document))
        if spans and row in (ours(Source(source.path, _without(source.text, spans, kind.mark))) or ()):
            return kind
    last = document.instructions[-1]
    is_broken_off = last.line == row[0] and source.text.endswith("\\") and row[1] in ("SC1072", "SC1073")
    return BROKEN_OFF if is_broken_off else None


def _without(text: str, spans: tuple[Span, ...], mark: str) -> str:
    """The text with the mark and spaces there; lines stay."""
    characters = list(text)
    for span in spans:
        for at in range(span.start, span.end):
            if characters[at] not in "\\\r\n":
                characters[at] = mark if at == span.start else " "
    return "".join(characters)


def main() -> int:
    """Print how many agree, and what hadolint alone says; 1 when too little is found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list")
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--cache", type=Path, default=Path("build/differential"))
    given = parser.parse_args()
    paths = [line for line in Path(given.list).read_text(encoding="utf-8").splitlines() if line]
    paths = paths[:: max(1, len(paths) // given.most)][: given.most]
    shared, further, files, left = 0, 0, 0, 0
    classes: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(paths), BATCH):
        for path, places in hadolint_answers(given.cache, paths[start : start + BATCH]):
            source = Source.decode(path, Path(path).read_bytes())
            right = ours(source)
            if places is None or right is None:
                continue
            theirs = {(n, code) for code, lines in places.items() if code.startswith("SC") for n in lines}
            files += 1
            shared += len(theirs & right)
            further += len(right - theirs)
            for row in sorted(theirs - right):
                at = f"{path}:{row[0]} {row[1]}"
                if kind := explained(source, row):
                    classes[kind.name].append(at)
                else:
                    left += 1
                    print(f"hadolint alone  {at}")
    for kind in CLASSES:
        found = classes[kind.name]
        print(f"{len(found):6}  {kind.name}: {kind.reason}")
        if found:
            print(f"        for example {found[0]}")
    raw = shared + left + sum(map(len, classes.values()))
    share = shared / max(1, shared + left)
    print(
        f"{files} files: {shared} of hadolint's {raw} codes found ({shared / max(1, raw):.1%}), {further} more; "
        f"without what is explained {shared} of {shared + left} ({share:.1%})"
    )
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
