"""DFG921: COPY --from something that is neither a stage nor clearly an image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, is_index, nearest, rule


@rule(
    "DFG921",
    "copy-from-unknown",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3022",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3022",
        "https://docs.docker.com/reference/dockerfile/#copy---from",
    ),
    differs="a build context with a name is accepted (`--build-context`, `build_contexts`, compose, bake, workflows); an image reference is accepted when it has a tag, a digest or a slash; stage names are compared without case.",
    bad=(
        Bad(
            "FROM debian:12 AS builder\nFROM debian:12\nCOPY --from=«bulider» /a /a\n",
            message="did you mean builder",
        ),
        Bad("FROM debian:12\nCOPY --from=«later» /a /a\nFROM debian:12 AS later\n"),
        Bad("FROM debian:12\nCOPY --from=«5» /a /a\n"),
        Bad(
            "FROM debian:12\nCOPY --from=«composer» /usr/bin/composer /usr/bin/\n", message="composer:latest"
        ),
    ),
    good=(
        Good("FROM debian:12 AS Builder\nFROM debian:12\nCOPY --from=builder /a /a\n"),
        Good("FROM debian:12\nFROM debian:12\nCOPY --from=0 /a /a\n"),
        Good("FROM debian:12\nCOPY --from=composer:2 /usr/bin/composer /usr/bin/\n"),
        Good("FROM debian:12\nCOPY --from=ghcr.io/astral-sh/uv /uv /bin/\n"),
        Good("FROM debian:12\nCOPY a /a\n", files={"a": ""}),
        Good("FROM debian:12\nCOPY --from=site /a /a\n", options={"build-context": "site=./site"}),
        Good(
            "FROM debian:12\nCOPY --from=site /a /a\n",
            files={
                "compose.yaml": "services:\n  a:\n    build:\n      context: .\n      additional_contexts: {site: ./site}\n"
            },
            why="compose gives it",
        ),
        Good(
            "FROM debian:12\nCOPY --from=templates /a /a\n",
            files={
                "build.rb": 'system("docker", "build", "--build-context", "templates=../templates", ".")\n'
            },
            why="a script gives it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY --from names no earlier stage.

    BuildKit then takes it for an image or a named build context of that name. After a misspelling, or when the stage stands
    further down, the build fails; as information where no stage has such a name (`COPY --from=composer` takes the newest
    image of that name).
    """
    names: list[str] = []
    later = {stage.name for stage in facts.document.stages}
    number = 0
    for site in facts.outline.of("FROM", "COPY"):
        if site.instruction.keyword == "FROM":
            number += 1
            names += [site.section.stage.name] if site.section.stage and site.section.stage.name else []
            continue
        flag = site.instruction.flag("from")
        if not flag or not flag.value:
            continue
        origin = flag.value.value.strip("\"'")
        if not origin or any(mark in origin for mark in ":/@") or origin.lower() in names:
            continue
        if is_index(origin, number) or facts.is_named_context(origin):
            continue
        meant = nearest(origin.lower(), names)
        if meant or origin.isdecimal() or origin.lower() in later:
            hint = f" (did you mean {meant}?)" if meant else ""
            yield Finding(flag.value.place(), f"no stage before this one is called {origin}{hint}")
        else:
            message = f"no stage is called {origin}: the image {origin}:latest is meant, or a build context"
            yield Finding(flag.value.place(), message, severity=Severity.INFO, advice="name a version")
