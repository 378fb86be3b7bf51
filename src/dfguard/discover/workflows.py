"""GitHub workflows to the image builds in their jobs: build actions and `run` texts, for every job of a matrix, in the
folders into which `actions/checkout` put the repository.

Sources: docs.github.com/actions/reference/workflow-syntax-for-github-actions, github.com/actions/checkout (inputs `path`,
`repository`, `ref`), github.com/docker/build-push-action (inputs `context`, `file`, `target`; default: the git context),
github.com/redhat-actions/buildah-build.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from dfguard.core.record import Record, replace
from dfguard.core.source import Place, Run, Text
from dfguard.discover.build_arguments import may_build, named
from dfguard.discover.build_commands import builds_in
from dfguard.discover.mentions import Mention
from dfguard.discover.open_paths import UNKNOWN, filled, stand_in
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source
    from dfguard.discover.build_commands import Build

    Node = Scalar | Branch

BUILDER = "GitHub workflow"
MOST_JOBS = 64
"""Jobs of one matrix that are looked at."""
_BUILD_ACTIONS = frozenset({"docker/build-push-action", "depot/build-push-action"})
_BUILDAH = "redhat-actions/buildah-build"
"""Builds `containerfiles` (or `dockerfiles`), a list of lines; without one it makes an image of a base image."""
_MAKE_NO_FILES = tuple(
    """
    actions/setup- actions/upload- actions/cache aws-actions/ azure/ crazy-max/ docker/ google-github-actions/
    hadolint/ redhat-actions/ sigstore/ step-security/
    """.split()
)
"""Actions that bring no Dockerfile into the workspace, by the beginning of their names."""


class _Checkout(Record):
    """A folder of the workspace that holds a repository: this one (`is_own`) or another."""

    path: str
    is_own: bool


class _Job(Record):
    """One job of a matrix: the values of its keys, and the variables that it sets."""

    matrix: dict[str, Node]
    variables: dict[str, str]

    def value(self, expression: str) -> str:
        """What `${{ expression }}` gives; UNKNOWN for what only a run could tell."""
        scope, _, key = expression.strip().partition(".")
        if scope == "github" and key == "workspace":
            return "."
        if scope == "env":
            return self.variables.get(key, UNKNOWN)
        first, *rest = key.split(".")
        node: Node | None = self.matrix.get(first) if scope == "matrix" else None
        for name in rest:
            node = node.get(name) if isinstance(node, Branch) else None
        return node.value if isinstance(node, Scalar) and "${{" not in node.value else UNKNOWN

    def text(self, scalar: Scalar | None, default: str = "") -> str:
        """A scalar with its expressions put in."""
        if scalar is None:
            return default
        return _expression().sub(lambda found: self.value(found[1]), scalar.value)


@cache
def _expression() -> re.Pattern[str]:
    return re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def workflow_mentions(source: Source) -> Iterator[Mention]:
    """The builds of a workflow, in its order, each once for a place and a Dockerfile."""
    tree = parse_tree(source)
    jobs = tree.get("jobs") if tree else None
    if tree is None or not isinstance(jobs, Branch):
        return
    for _, job in jobs.branches():
        variables = {**_variables(tree), **_variables(job)}
        found: dict[tuple[Place, str, str], Mention] = {}
        for matrix in _matrices(job.get("strategy", "matrix")):
            for mention in _Steps(tree, job, _Job(matrix, variables)).mentions():
                found.setdefault((mention.place, mention.dockerfile, mention.context), mention)
        yield from found.values()


def _variables(node: Branch) -> dict[str, str]:
    """The literal values of `env`; UNKNOWN for the others."""
    env = node.get("env")
    pairs = env.items if isinstance(env, Branch) else ()
    return {
        key: UNKNOWN if "${{" in item.value else item.value for key, item in pairs if isinstance(item, Scalar)
    }


def _matrices(matrix: Node | None) -> Iterator[dict[str, Node]]:
    """The jobs of a matrix as GitHub makes them of its lists, `exclude` and `include`; one of which nothing is known where
    an expression decides, or where they are too many.
    """
    if not isinstance(matrix, Branch):
        yield {}
        return
    lists = {k: n for k, n in matrix.items if k not in ("include", "exclude")}
    axes = [[node for _, node in n.items] if isinstance(n, Branch) else [] for n in lists.values()]
    count = 1
    for axis in axes:
        count *= len(axis)
    further = [matrix.get(name) for name in ("include", "exclude")]
    if not 0 < count <= MOST_JOBS or any(isinstance(node, Scalar) for node in further):
        yield {}
        return
    included, excluded = (tuple(n.branches()) if isinstance(n, Branch) else () for n in further)
    jobs = [dict(zip(lists, values, strict=True)) for values in product(*axes)] if axes else []
    jobs = [job for job in jobs if not any(_agrees(entry, job, job) for _, entry in excluded)]
    made = [dict(job) for job in jobs]
    for _, entry in included:
        matching = [n for n, job in enumerate(jobs) if _agrees(entry, job, lists)]
        for number in matching:
            made[number] |= dict(entry.items)
        if not matching:
            made.append(dict(entry.items))
    yield from made or [{}]


def _agrees(entry: Branch, job: dict[str, Node], keys: dict[str, Node]) -> bool:
    """Whether an entry says of the keys of the matrix what the job says."""
    return all(_same(item, job.get(key)) for key, item in entry.items if key in keys)


def _same(a: Node, b: Node | None) -> bool:
    if isinstance(a, Scalar):
        return isinstance(b, Scalar) and a.value == b.value
    return isinstance(b, Branch) and all(_same(item, b.get(key)) for key, item in a.items)


class _Steps:
    """The steps of one job in order."""

    def __init__(self, tree: Branch, job: Branch, told: _Job) -> None:
        self.told = told
        steps = job.get("steps")
        self.steps = [step for _, step in steps.branches()] if isinstance(steps, Branch) else []
        defaults = (node.scalar("defaults", "run", "working-directory") for node in (job, tree))
        self.directory = next(filter(None, defaults), None)
        self.checkouts: list[_Checkout] = []
        self.makes_files = False

    def mentions(self) -> Iterator[Mention]:
        for step in self.steps:
            uses, run = step.scalar("uses"), step.scalar("run")
            action = uses.value.partition("@")[0].lower() if uses else ""
            if action == "actions/checkout":
                self.checkouts.append(self.checkout(step))
            elif uses and action in _BUILD_ACTIONS:
                yield from self.placed(self.built(step, uses, self.told.text(step.scalar("with", "file"))))
            elif uses and action == _BUILDAH:
                listed = step.scalar("with", "containerfiles") or step.scalar("with", "dockerfiles")
                for file in filter(None, map(str.strip, self.told.text(listed).splitlines())):
                    yield from self.placed(self.built(step, listed or uses, file))
            elif run:
                yield from self.run(step, run)
            elif not action.startswith(_MAKE_NO_FILES):
                self.makes_files = True

    def checkout(self, step: Branch) -> _Checkout:
        path = self.told.text(step.scalar("with", "path"), ".")
        other, ref = step.scalar("with", "repository"), step.scalar("with", "ref")
        is_own = other is None or other.value.replace(" ", "") == "${{github.repository}}"
        return _Checkout(posixpath.normpath(path), is_own and (ref is None or "${{" in ref.value))

    def built(self, step: Branch, uses: Scalar, dockerfile: str) -> Mention | None:
        file, context, target = (step.scalar("with", key) for key in ("file", "context", "target"))
        root = self.told.text(context, ".")
        if "://" in root or root.startswith("{"):
            return None
        dockerfile = dockerfile or posixpath.join(root, "Dockerfile")
        tags, further = step.scalar("with", "tags"), step.scalar("with", "build-contexts")
        return Mention(
            (file or context or uses).place,
            BUILDER,
            dockerfile,
            root,
            target.value if target else None,
            tuple(re.split(r"[\s,]+", tags.value.strip())) if tags else (),
            tuple(named((further.value if further else "").splitlines())),
            self.makes_files,
        )

    def run(self, step: Branch, run: Scalar) -> Iterator[Mention]:
        shell = step.scalar("shell")
        if shell and shell.value.split()[:1] not in (["bash"], ["sh"]):
            self.makes_files = True
            return
        own = step.scalar("working-directory") or self.directory
        start = posixpath.normpath(self.told.text(own, "."))
        variables = {**self.told.variables, **_variables(step)}
        text, expressions = _masked(run.place)
        read = builds_in(text, Dialect.BASH, start, variables)
        values = [self.told.value(expression) for expression in expressions]
        for build in read.builds if may_build(text.value) else ():
            yield from self.placed(self.commanded(build, run.place.source, values))
        self.makes_files = self.makes_files or read.makes_files

    def commanded(self, build: Build, source: Source, values: list[str]) -> Mention:
        return Mention(
            Place(source, build.span),
            BUILDER,
            filled(build.dockerfile, values),
            filled(build.root, values),
            build.target,
            tuple(filled(image, values) for image in build.images),
            build.contexts,
            self.makes_files or build.is_after_others,
        )

    def placed(self, mention: Mention | None) -> Iterator[Mention]:
        """The mention with the paths of the workspace as those of the repository; none of another repository's files."""
        paths = [self.inside(mention.dockerfile), self.inside(mention.context)] if mention else [None]
        if mention and paths[0] is not None and paths[1] is not None:
            yield replace(mention, dockerfile=paths[0], context=paths[1])

    def inside(self, path: str) -> str | None:
        path = posixpath.normpath(path)
        if not self.checkouts or UNKNOWN in path.partition("/")[0]:
            return path
        if any(UNKNOWN in checkout.path for checkout in self.checkouts):
            return None
        around = [c for c in self.checkouts if c.path == "." or f"{path}/".startswith(f"{c.path}/")]
        nearest = max(reversed(around), key=lambda c: len(c.path) if c.path != "." else 0, default=None)
        if nearest is None or not nearest.is_own:
            return None
        return path if nearest.path == "." else posixpath.relpath(path, nearest.path)


def _masked(place: Place) -> tuple[Text, list[str]]:
    """A text with a stand-in for each expression, and the expressions."""
    expressions: list[str] = []

    def mask(found: re.Match[str]) -> str:
        expressions.append(found[1])
        return stand_in(len(expressions) - 1, len(found[0]))

    start, raw = _content(place.text)
    value = _expression().sub(mask, raw)
    return Text(value, place.source, (Run(0, place.span.start + start, len(value)),)), expressions


def _content(written: str) -> tuple[int, str]:
    """The content of a scalar as written, and where it starts: a block loses its header, folded lines become one."""
    if written[:1] == "|":
        start = written.find("\n") + 1
        return start, written[start:]
    if written[:1] == ">":
        start = written.find("\n") + 1
        return start, written[start:].replace("\n", " ")
    if written[:1] in ("'", '"'):
        return 1, written[1:-1].replace("\n", " ")
    return 0, written.replace("\n", " ")
