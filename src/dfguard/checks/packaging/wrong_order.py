"""DFG712: a setting that comes too late."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Place, Severity, Site, rule


@rule(
    "DFG712",
    "wrong-order",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#env",),
    bad=(
        Bad(
            "FROM debian:12\nRUN apt-get update && apt-get install -y tzdata\nENV «DEBIAN_FRONTEND»=noninteractive\nCMD a\n",
            message="after the last apt-get",
        ),
        Bad(
            "FROM python:3.12\nRUN pip install torch && pip install x --no-build-isolation\nARG «TORCH_CUDA_ARCH_LIST»=8.6\nRUN echo done\n"
        ),
        Bad(
            "FROM python:3.12\nRUN pip install x\nENV «TORCH_CUDA_ARCH_LIST»=8.6\nRUN echo done\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            "FROM debian:12\nENV DEBIAN_FRONTEND=noninteractive\nRUN apt-get update && apt-get install -y tzdata\n"
        ),
        Good(
            "FROM debian:12\nRUN apt-get update\nENV DEBIAN_FRONTEND=noninteractive\nRUN apt-get install -y tzdata\n",
            why="a later one reads it",
        ),
        Good(
            "FROM debian:12\nARG DEBIAN_FRONTEND=noninteractive\nRUN apt-get update && apt-get install -y tzdata\nENV DEBIAN_FRONTEND=dialog\n",
            why="set back",
        ),
        Good(
            "FROM debian:12 AS a\nRUN apt-get update\nENV DEBIAN_FRONTEND=noninteractive\nFROM a\nRUN apt-get install -y tzdata\n",
            why="another stage is built on it",
        ),
        Good("FROM debian:12\nENV DEBIAN_FRONTEND=noninteractive\nRUN make\n", why="nothing reads it"),
        Good(
            "FROM debian:12\nRUN DEBIAN_FRONTEND=noninteractive apt-get install -y a\nENV DEBIAN_FRONTEND=noninteractive\nRUN ./install.sh\n",
            why="a script may read it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A variable is set after the last command that reads it.

    ENV and ARG are for what follows: the installs above ran without it, and nothing below looks at it. Move it above the RUN
    that needs it. An ENV that programs of the process may read, too (TORCH_CUDA_ARCH_LIST, PIP_INDEX_URL), is uncertain.
    """
    rows = {name: row for row in facts.knowledge.packaging.variables for name in row.names}
    for site in facts.outline.of("ENV", "ARG"):
        if site.section.stage is None or any(other.parent is site.section for other in facts.outline.stages):
            continue
        for pair in site.instruction.pairs:
            row = rows.get(pair.key.value)
            if row is None or pair.value is None or _is_set_before(site, pair.key.value):
                continue
            needed = _last_reader(facts, site, row.commands)
            is_for_build = site.instruction.keyword == "ARG" or "apt-get" in row.commands
            if needed is not None:
                yield Finding(
                    pair.key.place(),
                    f"{pair.key} is set after the last {needed.text}, which ran without it",
                    notes=(Note(needed, "runs without it"),),
                    certainty=Certainty.SURE if is_for_build else Certainty.MAYBE,
                    advice="move it above the RUN that needs it",
                )


def _is_set_before(site: Site, name: str) -> bool:
    earlier = (i for i in site.section.instructions if i.index < site.instruction.index)
    return any(p.key.value == name for i in earlier if i.keyword in {"ENV", "ARG"} for p in i.pairs)


def _last_reader(facts: Facts, site: Site, commands: tuple[str, ...]) -> Place | None:
    """The last command before that reads the variable; None when there is none, or something behind may read it."""
    found = None
    for run in facts.outline.of("RUN"):
        if run.section is not site.section:
            continue
        calls = facts.outline.calls_in(run)
        reader = next((call for call in calls if call.name in commands), None)
        if run.instruction.index > site.instruction.index:
            if reader or any(call.name.endswith(".sh") or call.name in {"sh", "bash"} for call in calls):
                return None
        elif reader:
            found = reader.place
    return found
