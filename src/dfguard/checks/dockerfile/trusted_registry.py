"""DFG925: an image from a registry that is not trusted."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, mount_origins, rule
from dfguard.checks.dockerfile._images import Base, bases, named_base

ONE = {"trusted-registries": "ghcr.io,*.example.org"}


@rule(
    "DFG925",
    "trusted-registry",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3026",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3026",),
    differs="silent without `trusted_registries` in the configuration; image names made of ARGs are resolved first. Images of COPY --from and RUN --mount count as well, and "
    "`localhost/a` comes from the registry localhost.",
    bad=(
        Bad("FROM «debian:12»\n", options=ONE, message="docker.io"),
        Bad("FROM ghcr.io/a/b:1\nCOPY --from=«quay.io/c/d:1» /x /x\n", options=ONE),
        Bad(
            "FROM «base»\n",
            options={**ONE, "build-context": "base=docker-image://quay.io/a/b:1"},
            message="quay.io",
        ),
        Bad("FROM ghcr.io/a/b:1\nRUN --mount=type=bind,from=«evil.org/x:1»,target=/x true\n", options=ONE),
    ),
    good=(
        Good("FROM debian:12\n", why="no list, no judgement"),
        Good("FROM ghcr.io/a/b:1 AS base\nFROM base\nCOPY --from=base /x /x\n", options=ONE),
        Good("FROM eu.example.org/a:1\n", options=ONE, why="a wildcard"),
        Good(
            "FROM scratch\nCOPY --from=eu.example.org/a:1 /x /x\nRUN --mount=from=us.example.org/b,target=/b true\n",
            options=ONE,
            why="a wildcard for other images, too",
        ),
        Good("FROM scratch\n", options=ONE),
        Good("FROM debian:12\n", options={"trusted-registries": "docker.io"}),
        Good("ARG R\nFROM $R/x:1\n", options=ONE, why="nobody can tell"),
        Good(
            "FROM base\nCOPY --from=tools /x /x\n",
            options={**ONE, "build-context": "base=docker-image://ghcr.io/a/b:1\ntools=./tools"},
            why="build contexts with a name",
        ),
        Good("FROM ghcr.io/a/b:1\nRUN --mount=type=cache,target=/c true\n", options=ONE),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An image comes from a registry that is not among the trusted ones.

    The list `trusted_registries` of the configuration names hosts; `*` at the beginning or the end stands for anything.
    Images of FROM, COPY --from and RUN --mount are looked at. `docker.io` is where images without a host come from.
    """
    trusted = facts.conventions.trusted_registries
    for base in (*bases(facts), *_origins(facts)) if trusted else ():
        registry = base.registry or "docker.io"
        names = (registry, "hub.docker.com") if registry == "docker.io" else (registry,)
        if base.is_stage or base.name == "scratch" or any(_fits(p, name) for p in trusted for name in names):
            continue
        yield Finding(base.place, f"{registry} is not a trusted registry")


def _origins(facts: Facts) -> Iterator[Base]:
    """The images of COPY --from and of mounts."""
    names = {s.stage.name for s in facts.outline.stages if s.stage} | {
        str(s.stage.index) for s in facts.outline.stages if s.stage
    }
    for site in facts.outline.of("COPY", "RUN"):
        flag = site.instruction.flag("from")
        texts = [flag.value] if flag and flag.value else []
        for text in (*texts, *mount_origins(site.instruction)):
            name = known(facts.outline.value(site, text))
            if name and name.lower() not in names:
                yield named_base(facts, site, text.place(), name)


def _fits(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
