"""DFG003: a word that is no instruction, or a flag that the instruction does not have."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from dfguard.checks.api import (
    Aspect,
    Bad,
    Edit,
    Facts,
    Fault,
    FaultKind,
    Finding,
    Fix,
    Good,
    Place,
    Severity,
    Span,
    rule,
)


@rule(
    "DFG003",
    "unknown-instruction-or-flag",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/",
        "moby/buildkit frontend/dockerfile/instructions/{parse,bflag}.go@73ed6825",
    ),
    bad=(
        Bad("FROM x\n«RUNN» make\n", fixed="FROM x\nRUN make\n", message="RUNN"),
        Bad("FROM x\nRUN apt-get update &&\n«apt-get» install -y git\n"),
        Bad("FROM x\nCOPY «--chwon»=1:1 a b\n", fixed="FROM x\nCOPY --chown=1:1 a b\n", files={"a": ""}),
        Bad("FROM x\nRUN apt-get install -y \\\\\n«git» \\\\\n  curl \\\\\n  wget\nRUN x\n", message="git"),
        Bad("FROM x\nRUN a\n«Put» b\n", message="Put"),
        Bad('FROM x\n«ENTRYPIONT» ["a"]\n', fixed='FROM x\nENTRYPOINT ["a"]\n'),
        Bad("FROM x\nRUN echo a \\ \\\n  b\n«chmod» 700 /x\n"),
    ),
    good=(
        Good("FROM x\nrun make\n", why="case does not matter"),
        Good("FROM x\nRUN --network=none --security=sandbox --mount=type=tmpfs,target=/t make\n"),
        Good("FROM x\nCOPY --link --parents --exclude=*.md . /x/\n"),
        Good("FROM x\nHEALTHCHECK --interval=5s --start-interval=1s CMD true\n"),
        Good("FROM x\nEnv A=1\n"),
        Good('FROM x\nENTRYPOINT ["a"]\n'),
        Good("FROM x\nRUN -- echo --not-a-flag\n", why="two dashes end the flags"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A line begins with a word that is no instruction, or an instruction has an unknown flag.

    BuildKit refuses the whole file. Often the line before lost its backslash or its `&&`, so that what was meant as
    a shell command is read as an instruction.
    """
    faults = list(facts.faults(FaultKind.UNKNOWN_INSTRUCTION, FaultKind.UNKNOWN_FLAG))
    further = _further(facts, faults)
    for fault in faults:
        if id(fault) in further:
            continue
        place = _name(fault.place)
        fix = None
        if fault.suggestion and not place.text.islower() and _is_slip(place.text, fault.suggestion):
            fix = Fix(
                f"write {fault.suggestion}",
                (Edit(place, fault.suggestion),),
                is_safe=False,
                changes=tuple(Aspect),
            )
        elif fault.suggestion and place.text.startswith("--"):
            fix = Fix(
                f"write --{fault.suggestion}",
                (Edit(place, f"--{fault.suggestion}"),),
                is_safe=False,
                changes=tuple(Aspect),
            )
        advice = (
            None
            if fix
            else "join it to the instruction above with a backslash, or begin it with an instruction"
        )
        yield Finding(place, fault.message, fix=fix, advice=advice)


def _is_slip(word: str, keyword: str) -> bool:
    """Whether most letters of the word are the keyword's, so that it can hardly be anything else."""
    left = list(keyword)
    for letter in word.upper():
        if letter in left:
            left.remove(letter)
    common = len(keyword) - len(left)
    return 3 * (max(len(word), len(keyword)) - common) <= len(keyword)


def _further(facts: Facts, faults: list[Fault]) -> set[int]:
    """The unknown words that stand right below another one: what tore off the first tore off these, too."""
    starts = sorted(i.span.start for i in facts.document.instructions)
    words = [f for f in faults if f.kind is FaultKind.UNKNOWN_INSTRUCTION]
    return {
        id(below)
        for above, below in pairwise(words)
        if not below.suggestion
        and bisect_left(starts, above.place.span.start) == bisect_left(starts, below.place.span.start)
    }


def _name(place: Place) -> Place:
    """The word without the value behind its `=`."""
    length = len(place.text.partition("=")[0])
    return Place(place.source, Span(place.span.start, place.span.start + length))
