"""Build files (workflows, compose, bake, platform files) to the Dockerfiles they say they build."""

from __future__ import annotations

import posixpath
import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Source, Span
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Mention(Record):
    """One place that names a Dockerfile; paths relative to the repository root, not yet cleaned. `images` are the names it
    gives to what it builds, as written; `contexts` the further build contexts, name and source.
    """

    place: Place
    builder: str
    dockerfile: str
    context: str
    target: str | None = None
    images: tuple[str, ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=64)
def mentions(name: str, source: Source) -> tuple[Mention, ...]:
    """What one build file, named by its path in the repository, says; nothing for what cannot be read or decided. The
    Dockerfiles of a repository share its build files.
    """
    if name.startswith(".github/workflows/"):
        return tuple(_workflow(source)) if _may_build(source.text) else ()
    base = posixpath.basename(name)
    if base.startswith(("compose", "docker-compose")):
        return tuple(_compose(source, posixpath.dirname(name)))
    if base.startswith("docker-bake"):
        return tuple(_bake(source))
    if base in ("render.yaml", "fly.toml", "railway.json", "railway.toml"):
        return tuple(_keyed(source, base.partition(".")[0]))
    return tuple(_commands(source, base))


def _may_build(text: str) -> bool:
    """Whether the words of every way to build are in the text; reading YAML takes a hundred times as long."""
    return any(tool in text for tool in ("docker", "podman", "buildah")) and (
        "build" in text or "bud" in text
    )


def _workflow(source: Source) -> Iterator[Mention]:
    """Source: github.com/docker/build-push-action (inputs `context`, `file`, `target`; defaults: the git context)."""
    tree = parse_tree(source)
    for _, job in _jobs(tree):
        steps = job.get("steps")
        directory = job.scalar("defaults", "run", "working-directory")
        for _, step in steps.branches() if isinstance(steps, Branch) else ():
            yield from _step(step, directory.value if directory else ".")


def _jobs(tree: Branch | None) -> Iterator[tuple[str, Branch]]:
    jobs = tree.get("jobs") if tree else None
    return jobs.branches() if isinstance(jobs, Branch) else iter(())


def _step(step: Branch, directory: str) -> Iterator[Mention]:
    uses, run = step.scalar("uses"), step.scalar("run")
    if uses and re.match(
        r"(docker/build-push-action|depot/build-push-action|redhat-actions/buildah-build)@", uses.value
    ):
        file, context, target = (step.scalar("with", key) for key in ("file", "context", "target"))
        root = context.value if context else "."
        if "://" in root or root.startswith("{"):
            return
        at = file or context or uses
        dockerfile = file.value if file else posixpath.join(root, "Dockerfile")
        tags = step.scalar("with", "tags")
        images = tuple(re.split(r"[\s,]+", tags.value.strip())) if tags else ()
        further = step.scalar("with", "build-contexts")
        contexts = tuple(_named((further.value if further else "").splitlines()))
        stage = target.value if target else None
        yield Mention(at.place, "GitHub workflow", dockerfile, root, stage, images, contexts)
    elif run:
        own = step.scalar("working-directory")
        yield from _docker_builds(run, own.value if own else directory, "GitHub workflow")


@cache
def _build_command() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w\"'(-])(?:docker|podman|buildah)\s+(?:buildx\s+build|image\s+build|build|bud)\b(?P<words>(?:[^\n;&|\\]|\\\n|\\.)*)"
    )


def _docker_builds(scalar: Scalar, directory: str, builder: str) -> Iterator[Mention]:
    text = scalar.place.text
    for found in _build_command().finditer(text):
        words = found["words"].replace("\\\n", " ").split()
        file, context = _file_and_context(words)
        if context is None or "://" in context or not set(context).isdisjoint("\"'():<>"):
            continue
        start = scalar.place.span.start + found.start()
        place = Place(scalar.place.source, Span(start, scalar.place.span.start + found.end()))
        dockerfile = (
            posixpath.join(directory, file) if file else posixpath.join(directory, context, "Dockerfile")
        )
        images = tuple(_values(words, "-t", "--tag"))
        contexts = tuple(_named(_values(words, "--build-context")))
        yield Mention(place, builder, dockerfile, posixpath.join(directory, context), None, images, contexts)


def _values(words: list[str], *names: str) -> Iterator[str]:
    """The values of an option that may be given several times."""
    for word, following in pairwise((*words, "")):
        name, equals, value = word.partition("=")
        if name in names:
            yield (value if equals else following).strip("\"'")


def _named(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`NAME=SOURCE` to its two parts; BuildKit takes the names in lower case."""
    for text in texts:
        name, equals, value = text.strip().partition("=")
        if name and equals:
            yield name.strip().lower(), value.strip()


def _in_table(node: Scalar | Branch | None) -> Iterator[tuple[str, str]]:
    """The contexts of a compose or bake file: a mapping, or a list of `NAME=SOURCE`."""
    if not isinstance(node, Branch):
        return
    pairs = [(key, item.value) for key, item in node.items if isinstance(item, Scalar)]
    if node.is_sequence:
        yield from _named(text for _, text in pairs)
    else:
        yield from ((key.lower(), text) for key, text in pairs)


_SWITCHES = frozenset(
    [
        "--push",
        "--load",
        "--no-cache",
        "--pull",
        "--quiet",
        "-q",
        "--rm",
        "--force-rm",
        "--squash",
        "--compress",
        "--debug",
        "-D",
        "--check",
    ]
)


def _file_and_context(words: list[str]) -> tuple[str | None, str | None]:
    """The -f file and the last operand of `docker build`; (None, None) when a word cannot be placed."""
    file, context = None, None
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in ("-f", "--file"):
            file = value if equals else next(rest, None)
        elif word in _SWITCHES or (word.startswith("-") and equals):
            continue
        elif word.startswith("-"):
            next(rest, None)
        else:
            context = word
    unquoted = [w.strip("\"'") if w else w for w in (file, context)]
    return unquoted[0], unquoted[1]


def _compose(source: Source, folder: str) -> Iterator[Mention]:
    """Source: compose-spec build.md (`build: CONTEXT`, or `context`, `dockerfile`, `dockerfile_inline`, `target`)."""
    tree = parse_tree(source)
    services = tree.get("services") if tree else None
    for _, service in services.branches() if isinstance(services, Branch) else ():
        build = service.get("build")
        if build is None or (isinstance(build, Branch) and build.get("dockerfile_inline")):
            continue
        context = build if isinstance(build, Scalar) else build.scalar("context")
        file, target = (
            build.scalar(k) if isinstance(build, Branch) else None for k in ("dockerfile", "target")
        )
        root = context.value if context else "."
        if "://" in root or root.startswith("git@") or root.endswith(".git"):
            continue
        at = file or context
        if at is None:
            continue
        base = posixpath.join(folder, root)
        dockerfile = posixpath.join(base, file.value if file else "Dockerfile")
        stage = target.value if target else None
        contexts = tuple(_in_table(build.get("additional_contexts") if isinstance(build, Branch) else None))
        yield Mention(at.place, "compose service", dockerfile, base, stage, contexts=contexts)


@cache
def _bake_target() -> re.Pattern[str]:
    return re.compile(r'target\s+"[^"]*"\s*\{(?P<body>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}')


@cache
def _bake_key() -> re.Pattern[str]:
    return re.compile(r'^\s*(?P<key>dockerfile|context|target)\s*=\s*"(?P<value>[^"]*)"', re.MULTILINE)


def _bake(source: Source) -> Iterator[Mention]:
    """Source: docs.docker.com/build/bake/reference (JSON is YAML too)."""
    tree = parse_tree(source) if source.path.endswith(".json") else None
    targets = tree.get("target") if tree else None
    for _, target in targets.branches() if isinstance(targets, Branch) else ():
        file, context, stage = (target.scalar(key) for key in ("dockerfile", "context", "target"))
        if file:
            root = context.value if context else "."
            yield Mention(
                file.place,
                "bake target",
                posixpath.join(root, file.value),
                root,
                stage.value if stage else None,
                contexts=tuple(_in_table(target.get("contexts"))),
            )
    if source.path.endswith(".json"):
        return
    for found in _bake_target().finditer(source.text):
        keys = {
            k["key"]: k for k in _bake_key().finditer(source.text, found.start("body"), found.end("body"))
        }
        if "dockerfile" not in keys:
            continue
        place = Place(source, Span(*keys["dockerfile"].span("value")))
        root = keys["context"]["value"] if "context" in keys else "."
        wanted = keys["target"]["value"] if "target" in keys else None
        dockerfile = posixpath.join(root, keys["dockerfile"]["value"])
        contexts = tuple(_bake_contexts(found["body"]))
        yield Mention(place, "bake target", dockerfile, root, wanted, contexts=contexts)


def _bake_contexts(body: str) -> Iterator[tuple[str, str]]:
    table = re.search(r"^\s*contexts\s*=\s*\{([^{}]*)\}", body, re.MULTILINE)
    for found in re.finditer(r'"?([\w.:/-]+)"?\s*[=:]\s*"([^"]*)"', table[1] if table else ""):
        yield found[1].lower(), found[2]


def _keyed(source: Source, platform: str) -> Iterator[Mention]:
    """fly.toml `dockerfile`, render.yaml and railway `dockerfilePath`: paths from the repository root."""
    pattern = r"""^\s*-?\s*["']?(?:dockerfile|dockerfilePath)["']?\s*[:=]\s*["']?(?P<value>[^"'\n,#]+)["']?"""
    for found in re.finditer(pattern, source.text, re.MULTILINE):
        value = found["value"].strip()
        place = Place(source, Span(found.start("value"), found.start("value") + len(value)))
        yield Mention(place, f"{platform} file", value, posixpath.dirname(value) or ".")


def _commands(source: Source, name: str) -> Iterator[Mention]:
    yield from _docker_builds(Scalar(source.text, Place(source, Span(0, len(source.text)))), ".", name)
