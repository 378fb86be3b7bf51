"""DFG960: a stage with a name that means something else."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

RESERVED = frozenset({"scratch", "context"})


@rule(
    "DFG960",
    "reserved-stage",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3063", "ReservedStageName"),
    sources=(
        "https://docs.docker.com/reference/build-checks/reserved-stage-name/",
        "https://github.com/hadolint/hadolint/wiki/DL3063",
    ),
    differs="names are compared without case, as BuildKit does.",
    bad=(
        Bad("FROM debian:12 AS «scratch»\n"),
        Bad("FROM debian:12 AS «Context»\n"),
        Bad("FROM scratch AS «scratch»\n", severity=Severity.INFO),
    ),
    good=(
        Good("FROM scratch AS base\n"),
        Good("FROM debian:12 AS contexts\n"),
        Good("FROM scratch\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage is called `scratch` or `context`.

    FROM scratch is the empty image and `context` the build context, whatever stage has that name. A stage made
    FROM scratch may carry its name without harm: that is information.
    """
    for site in facts.outline.of("FROM"):
        stage, arguments = site.section.stage, site.instruction.arguments
        if stage and stage.name in RESERVED and len(arguments) > 2:
            yield Finding(
                arguments[2].place(),
                f"{stage.name} is a name that BuildKit keeps for itself",
                severity=Severity.INFO if arguments[0].value == stage.name else None,
            )
