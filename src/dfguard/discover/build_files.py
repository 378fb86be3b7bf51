"""Build files (workflows, compose, bake, dev containers, platform files) to the Dockerfiles they say they build."""

from __future__ import annotations

import posixpath
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Source, Span
from dfguard.discover.build_arguments import may_build, named
from dfguard.discover.mentions import Mention
from dfguard.discover.open_paths import UNKNOWN
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

if TYPE_CHECKING:
    from collections.abc import Iterator


def mentions(name: str, source: Source) -> tuple[Mention, ...]:
    """What one build file, named by its path in the repository, says; nothing for what cannot be read or decided. The
    Dockerfiles of a repository share its build files: each text is read once.
    """
    return _read(name, source.path, source.text)


@lru_cache(maxsize=128)
def _read(name: str, shown: str, text: str) -> tuple[Mention, ...]:
    source = Source(shown, text)
    if name.startswith(".github/workflows/"):
        if not may_build(source.text) and "build-push-action" not in source.text:
            return ()
        from dfguard.discover.workflows import workflow_mentions

        return tuple(workflow_mentions(source))
    base = posixpath.basename(name)
    if base.startswith(("compose", "docker-compose")):
        return tuple(_compose(source, posixpath.dirname(name)))
    if base.startswith("docker-bake"):
        return tuple(_bake(source))
    if base.endswith("devcontainer.json"):
        return tuple(_devcontainer(source, posixpath.dirname(name)))
    return tuple(_keyed(source, base.partition(".")[0]))


def _in_table(node: Scalar | Branch | None) -> Iterator[tuple[str, str]]:
    """The contexts of a compose or bake file: a mapping, or a list of `NAME=SOURCE`."""
    if not isinstance(node, Branch):
        return
    pairs = [(key, item.value) for key, item in node.items if isinstance(item, Scalar)]
    if node.is_sequence:
        yield from named(text for _, text in pairs)
    else:
        yield from ((key.lower(), text) for key, text in pairs)


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
        at = file or context
        if at and not target.get("dockerfile-inline"):
            root = context.value if context else _inherited(target.get("inherits") is not None)
            yield Mention(
                at.place,
                "bake target",
                posixpath.join(root, file.value if file else "Dockerfile"),
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
        naming = keys.get("dockerfile") or keys.get("context")
        if naming is None or "dockerfile-inline" in found["body"]:
            continue
        place = Place(source, Span(*naming.span("value")))
        inherits = re.search(r"^\s*inherits\s*=", found["body"], re.MULTILINE) is not None
        root = keys["context"]["value"] if "context" in keys else _inherited(inherits)
        wanted = keys["target"]["value"] if "target" in keys else None
        dockerfile = posixpath.join(
            root, keys["dockerfile"]["value"] if "dockerfile" in keys else "Dockerfile"
        )
        contexts = tuple(_bake_contexts(found["body"]))
        yield Mention(place, "bake target", dockerfile, root, wanted, contexts=contexts)


def _inherited(inherits: bool) -> str:  # noqa: FBT001  one value of two
    """The context of a bake target that names none: that of a target it inherits from, which is not followed."""
    return UNKNOWN if inherits else "."


def _bake_contexts(body: str) -> Iterator[tuple[str, str]]:
    table = re.search(r"^\s*contexts\s*=\s*\{([^{}]*)\}", body, re.MULTILINE)
    for found in re.finditer(r'"?([\w.:/-]+)"?\s*[=:]\s*"([^"]*)"', table[1] if table else ""):
        yield found[1].lower(), found[2]


def _keyed(source: Source, platform: str) -> Iterator[Mention]:
    """fly.toml `dockerfile`, render.yaml and railway `dockerfilePath`: paths from the repository root, which is the context
    as well unless another one is named somewhere in the file.
    """
    context = UNKNOWN if re.search(r"dockerContext|root_?[dD]ir", source.text) else "."
    pattern = r"""^\s*-?\s*["']?(?:dockerfile|dockerfilePath)["']?\s*[:=]\s*["']?(?P<value>[^"'\n,#]+)["']?"""
    for found in re.finditer(pattern, source.text, re.MULTILINE):
        value = found["value"].strip()
        place = Place(source, Span(found.start("value"), found.start("value") + len(value)))
        yield Mention(place, f"{platform} file", value, context)


def _devcontainer(source: Source, folder: str) -> Iterator[Mention]:
    """Source: containers.dev/implementors/json_reference (`build.dockerfile`, `build.context`, older files `dockerFile` and
    `context`; relative to the file, which is JSON with comments).
    """
    tree = parse_tree(Source(source.path, _without_comments(source.text)))
    file = tree and (tree.scalar("build", "dockerfile") or tree.scalar("dockerFile"))
    if not tree or not file:
        return
    context = tree.scalar("build", "context") or tree.scalar("context")
    target = tree.scalar("build", "target")
    yield Mention(
        Place(source, file.place.span),
        "dev container",
        posixpath.join(folder, file.value),
        posixpath.join(folder, context.value if context else "."),
        target.value if target else None,
    )


@cache
def _string_or_comment() -> re.Pattern[str]:
    return re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|\t', re.DOTALL)


def _without_comments(text: str) -> str:
    """JSON with its comments and tabs as blanks, every character in its place."""

    def blank(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else re.sub(r"[^\n]", " ", found[0])

    return _string_or_comment().sub(blank, text)
