"""DFG974: an instruction uses a variable that is not set."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Facts,
    Finding,
    Good,
    Instruction,
    Section,
    Severity,
    nearest,
    rule,
)


@rule(
    "DFG974",
    "undefined-var",
    Severity.WARNING,
    since="0.1.0",
    aliases=("UndefinedVar",),
    sources=(
        "https://docs.docker.com/reference/build-checks/undefined-var/",
        "moby/buildkit frontend/dockerfile/dockerfile2llb/validations.go@73ed6825",
    ),
    differs=(
        "BuildKit reads the environment of the base image; dfguard knows that of images in its packs, and is uncertain about "
        "others. `${NAME:-value}` says what stands there when the variable is not set: only the profile buildkit reports it. "
        "BuildKit does not look at EXPOSE, where such a port is left out."
    ),
    bad=(
        Bad("FROM scratch\nENV DIR=/srv\nWORKDIR «$DRI»/app\n", message="did you mean DIR"),
        Bad("FROM scratch\nENV A=1 B=«$A»\n"),
        Bad("ARG V=1\nFROM scratch\nLABEL version=«$V»\n"),
        Bad("ARG V=1\nFROM scratch\nLABEL version=«${V:-2}»\n", options={"profile": "buildkit"}),
        Bad("FROM scratch\nLABEL version=${V:-«$W»}\n"),
        Bad("FROM scratch\nLABEL version=«${V%.*}»\n"),
        Bad("FROM scratch AS a\nARG V=1\nFROM scratch\nENV X=«$V»\n"),
        Bad("FROM scratch\nCOPY --chown=«$WHO» a /x/«$B»\n", files={"a": ""}),
        Bad("ARG V=1\nFROM nobody/knows:1\nENV P=«$V»\n", message="$V is not set in this stage"),
        Bad("FROM scratch\nARG V=«${V}»\n", severity=Severity.INFO),
        Bad("ARG PORT=80\nFROM scratch\nEXPOSE «$PORT» 81\n"),
        Bad("FROM nobody/knows:1\nENV P=«$SITE_PACKAGES»\n", certainty_is_maybe=True),
        Bad(
            "ARG V\nFROM nobody/knows:1 AS base-a\nENV T=1\nFROM base-$V\nLABEL t=«$T»\n",
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM vllm/vllm-openai:v0.6.0\nENV LD_LIBRARY_PATH=/x:«$LD_LIBRARY_PATH»\n",
            certainty_is_maybe=True,
        ),
        Bad("ARG V=22\nFROM nobody/knows:$V\nLABEL version=«$V»\n", certainty_is_maybe=True),
        Bad("FROM nobody/knows:1\nENV GOPATH=/g BIN=«$GOPATH»/bin\n", certainty_is_maybe=True),
        Bad("FROM nobody/knows:1\nENV PYTHONPATH=/x:«$PYTHONPATH»\n", certainty_is_maybe=True),
    ),
    good=(
        Good("FROM scratch\nARG V\nLABEL version=$V\n", why="declared"),
        Good(
            "ARG NODE_VERSION=22\nFROM node:$NODE_VERSION\nLABEL node=$NODE_VERSION\n",
            why="the base image sets it",
        ),
        *(
            Good(
                f"ARG V=1\nFROM scratch\nENV X=${{V{operator}}}\n", why="the word says what stands there then"
            )
            for operator in (":-2", "-2", ":-", ":+2", "+2")
        ),
        Good("FROM scratch\nARG VERSION=${VERSION:-main}\nENV V=$VERSION\n", why="it has a value"),
        Good(
            "ARG SLIM=false\nFROM scratch AS base\nARG WHO=root\nFROM base AS mid-false\nFROM base AS mid-true\nFROM mid-${SLIM}\nUSER ${WHO}\n",
            why="inherited through a stage that a variable chooses",
        ),
        Good("ARG V=1\nFROM scratch\nARG V\nLABEL version=$V\n"),
        Good("FROM scratch AS a\nENV A=1\nFROM a\nENV B=$A\n", why="inherited"),
        Good("FROM scratch\nENV PATH=/x:$PATH\n", why="always there"),
        Good("FROM debian:12\nRUN echo $A\nCMD echo $B\n", why="the shell's business"),
        Good("FROM scratch\nENV A='$B' C=\\$D\n", why="no variables"),
        Good("FROM scratch\nARG A=1 B=$A\n", why="an ARG sees what stands before it"),
        Good("FROM scratch\nENV A=1 B=$PATH\n"),
        Good("FROM scratch AS a\nENV A=1\nFROM a AS b\nFROM b\nENV B=$A\n", why="inherited twice"),
        Good(
            "FROM scratch\nEXPOSE $PORT\n", options={"profile": "buildkit"}, why="BuildKit does not look here"
        ),
        Good("FROM scratch\nEXPOSE $PORT/tcp\n", why="BuildKit refuses what is left of it: DFG002"),
        Good("ARG PORT=80\nFROM scratch\nARG PORT\nEXPOSE $PORT/tcp ${OTHER:-81}\n"),
        Good(
            "FROM scratch AS a\nONBUILD ARG V\nONBUILD ENV W=1\nFROM a\nENV X=$V$W\n",
            why="set by the ONBUILD",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An instruction uses a variable that is neither set by ENV nor declared by ARG in its stage.

    It is empty. A global ARG must be repeated in the stage. When the base image may set the variable and nothing else in
    the file does, the finding is uncertain. `ARG NAME=$NAME` says no more than `ARG NAME`: that is information.
    """
    arguments = set(_arguments(facts))
    for found in facts.undefined_variables:
        if found.site.instruction.keyword == "EXPOSE" and _is_refused(facts, found.site.outer):
            continue
        meant = nearest(found.name, found.known)
        hint = f" (did you mean {meant}?)" if meant else ""
        bottom = found.site.section.chain[-1]
        is_known = found.name in arguments - _of_base(facts, bottom) and not facts.is_base_chosen(bottom)
        is_open = facts.may_base_set(bottom, found.name) and not is_known
        certainty = Certainty.MAYBE if is_open else Certainty.SURE
        yield Finding(
            found.place,
            f"${found.name} is not set in this stage{hint}",
            certainty=certainty,
            severity=Severity.INFO if _is_own_default(found.site.instruction, found.name) else None,
        )


def _is_refused(facts: Facts, instruction: Instruction) -> bool:
    step = facts.step_of(instruction)
    return step is not None and bool(step.refusals)


def _is_own_default(instruction: Instruction, name: str) -> bool:
    """Whether it is `ARG NAME=$NAME`: without a build argument it is as empty as `ARG NAME`."""
    return instruction.keyword == "ARG" and any(pair.key.value == name for pair in instruction.pairs)


def _arguments(facts: Facts) -> Iterator[str]:
    """The build arguments of the file that are more than their own old value: hardly any image sets a variable of the name."""
    for instruction in facts.document.instructions:
        for pair in instruction.pairs if instruction.keyword == "ARG" else ():
            used = facts.outline.variables_in(pair.value) if pair.value else ()
            if pair.key.value not in {name for name, _ in used}:
                yield pair.key.value


def _of_base(facts: Facts, bottom: Section) -> set[str]:
    """The arguments that say which image a stage is built on: it may well say it, too (NODE_VERSION of node)."""
    base = bottom.stage.base if bottom.stage else None
    return {name for name, _ in facts.outline.variables_in(base)} if base else set()
