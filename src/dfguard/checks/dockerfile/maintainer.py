"""DFG965: MAINTAINER."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG965",
    "maintainer",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL4000", "MaintainerDeprecated"),
    sources=(
        "https://docs.docker.com/reference/build-checks/maintainer-deprecated/",
        "https://github.com/hadolint/hadolint/wiki/DL4000",
    ),
    bad=(
        Bad(
            "FROM debian:12\n«MAINTAINER Jo <jo@example.org>»\n",
            fixed='FROM debian:12\nLABEL org.opencontainers.image.authors="Jo <jo@example.org>"\n',
        ),
        Bad(
            'FROM debian:12\n«maintainer "Jo \\"x\\" $me"»\n',
            fixed='FROM debian:12\nlabel org.opencontainers.image.authors="Jo \\"x\\" \\$me"\n',
        ),
    ),
    good=(
        Good('FROM debian:12\nLABEL org.opencontainers.image.authors="Jo"\n'),
        Good('FROM debian:12\nLABEL maintainer="Jo"\n'),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """MAINTAINER is deprecated.

    A label says the same, and more tools can read it.
    """
    for site in facts.outline.of("MAINTAINER"):
        instruction = site.instruction
        name = instruction.rest.value
        if name[:1] == name[-1:] and name[:1] in {'"', "'"} and len(name) > 1:
            name = name[1:-1].replace('\\"', '"')
        escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        label = "label" if instruction.keyword_text.value.islower() else "LABEL"
        text = f'{label} org.opencontainers.image.authors="{escaped}"'
        fix = Fix("write a label", (Edit(instruction.place, text),), is_safe=True, changes=(Aspect.LABELS,))
        yield Finding(
            instruction.place, "MAINTAINER is deprecated", fix=fix if facts.document.escape == "\\" else None
        )
