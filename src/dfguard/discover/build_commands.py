"""Shell text to the image builds in it (`docker build`, `docker buildx build`, `podman build`, `buildah bud`): which
Dockerfile, which build context, after every `cd` and assignment before them.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.discover.build_arguments import arguments_of_build, named, told, values
from dfguard.discover.open_paths import UNKNOWN, is_open, joined
from dfguard.syntax.shell.grammar.script import parse
from dfguard.syntax.shell.nodes import (
    AndOr,
    Background,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Literal,
    Negation,
    Node,
    Parameter,
    Pipeline,
    Sequence,
    While,
    Word,
)
from dfguard.syntax.shell.wrappers import peel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dfguard.core.source import Span, Text
    from dfguard.syntax.shell.nodes import Dialect, Part, Script

MOST_TURNS = 20
"""Turns of a loop over words that are written out."""
_DECLARES = frozenset({"export", "declare", "local", "readonly", "typeset"})
_HARMLESS = frozenset(
    """
    : [ alias apk apt apt-get break cat cd command continue curl date declare df du echo exit export false
    free head hostname id kill local ls lscpu mkdir nproc popd printf ps pushd pwd read readonly return rm
    rmdir set shift shopt sleep sort tail test time trap true type uname unset wait wc whoami
    """.split()
)
"""Commands that make no Dockerfile, as long as their output goes nowhere."""


class Build(Record):
    """One build as a command says it. `directory` is where it runs, relative to where the text starts (an absolute path and
    what is not known hold UNKNOWN); `file` and `context` are as written, with what could be told put in, `file` None without
    -f. `is_after_others`: a command before it may have made files.
    """

    span: Span
    directory: str
    file: str | None
    context: str
    target: str | None = None
    images: tuple[str, ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    is_after_others: bool = False

    @property
    def root(self) -> str:
        """The build context as a path from where the text starts."""
        return joined(self.directory, self.context)

    @property
    def dockerfile(self) -> str:
        """The Dockerfile as a path from where the text starts."""
        return joined(self.directory, self.file) if self.file else posixpath.join(self.root, "Dockerfile")


class Reading(Record):
    """What a text says: its builds, and whether some command in it may make files (a program that is not known)."""

    builds: tuple[Build, ...]
    makes_files: bool


def builds_in(
    text: Text,
    dialect: Dialect,
    directory: str = "",
    variables: dict[str, str] | None = None,
    script: str = "",
) -> Reading:
    """The builds in a shell text that starts in a directory (relative to the repository), with the values of variables;
    `script` is the path of the file that it is, for `$0`.
    """
    walk = _Walk(directory, dict(variables or {}), script)
    walk.visit(parse(text, dialect).body)
    return Reading(tuple(walk.found), walk.makes_files)


class _Walk:
    """One way through a script: every branch is visited, and what they leave differently is not known after them."""

    def __init__(self, directory: str, variables: dict[str, str], script: str) -> None:
        self.start = directory
        self.directory = directory
        self.variables = variables
        self.script = script
        self.stack: list[str] = []
        self.found: list[Build] = []
        self.makes_files = False

    def visit(self, node: Node) -> None:
        match node:
            case Command():
                self.command(node)
            case Sequence():
                for item in node.items:
                    self.visit(item)
            case AndOr():
                self.visit(node.left)
                self.visit(node.right)
            case Pipeline():
                self.apart(node.parts)
            case Background() | Negation():
                self.visit(node.body)
            case Group():
                self.apart([node.body]) if node.is_subshell else self.visit(node.body)
            case Function():
                self.apart([node.body])
            case If():
                self.either([n for b in node.branches for n in (b.test, b.body) if n is not None])
            case Case():
                self.either([arm.body for arm in node.arms])
            case While():
                self.either([node.test, node.body])
            case For():
                self.loop(node)

    def apart(self, nodes: Iterable[Node]) -> None:
        """Nodes that each run in a shell of their own."""
        for node in nodes:
            before, variables = self.directory, dict(self.variables)
            self.visit(node)
            self.directory, self.variables = before, variables

    def either(self, nodes: list[Node]) -> None:
        """Nodes of which only some run."""
        before, variables = self.directory, dict(self.variables)
        after = []
        for node in nodes:
            self.directory, self.variables = before, dict(variables)
            self.visit(node)
            after.append((self.directory, self.variables))
        self.directory = before if all(directory == before for directory, _ in after) else UNKNOWN
        names = {name for _, found in after for name in found}
        self.variables = {
            name: variables[name]
            if name in variables and all(found.get(name) == variables[name] for _, found in after)
            else UNKNOWN
            for name in names
        }

    def loop(self, node: For) -> None:
        values = [self.value(word) for word in node.words or ()]
        is_known = 0 < len(values) <= MOST_TURNS and not any(UNKNOWN in v or "*" in v for v in values)
        for value in values if is_known else [UNKNOWN]:
            self.variables[node.name] = value
            self.either([node.body])
        self.variables[node.name] = UNKNOWN

    def command(self, node: Command) -> None:
        name = node.name
        if not node.words or name in _DECLARES:
            for assignment in node.assignments:
                if assignment.value is not None:
                    is_plain = not assignment.appends and assignment.elements is None
                    self.variables[assignment.name] = self.value(assignment.value) if is_plain else UNKNOWN
            return
        words = [self.value(word) for word in node.words]
        if name in ("cd", "pushd"):
            self.stack.append(self.directory)
            self.directory = joined(self.directory, next((w for w in words[1:] if w[:1] != "-"), UNKNOWN))
        elif name == "popd":
            self.directory = self.stack.pop() if self.stack else UNKNOWN
        else:
            self.other(node, words)

    def other(self, node: Command, words: list[str]) -> None:
        """A command that is no builtin: a build, or one that may make files."""
        words = words[len(node.words) - len(peel(node.words).words) :]
        arguments = arguments_of_build(words)
        if arguments is not None:
            build = self.build(node, arguments)
            self.found += [build] if build else []
            return
        tool = posixpath.basename(words[0]) if words else ""
        goes_on = any(r.operator.startswith((">", "&>")) and _is_file(r.target) for r in node.redirects)
        is_tool = tool in ("docker", "podman", "buildah", "aws", "gcloud", "az") and "run" not in words[1:3]
        self.makes_files = self.makes_files or goes_on or not (tool in _HARMLESS or is_tool)

    def build(self, node: Command, arguments: list[str]) -> Build | None:
        paths = told(arguments)
        if paths is None:
            return None
        file, context = paths
        return Build(
            node.span,
            self.directory,
            file,
            context,
            next(values(arguments, "--target"), None),
            tuple(values(arguments, "-t", "--tag")),
            tuple(named(values(arguments, "--build-context"))),
            self.makes_files,
        )

    def value(self, word: Word) -> str:
        return "".join(map(self.part, word.parts))

    def part(self, part: Part) -> str:
        match part:
            case Literal():
                return part.text.value
            case Parameter():
                return self.parameter(part)
        return self.output(part.script) if part.script and not part.is_process else UNKNOWN

    def parameter(self, part: Parameter) -> str:
        operand = self.value(part.operand) if part.operand else ""
        if part.name in ("0", "BASH_SOURCE", "BASH_SOURCE[0]") and self.script:
            return self.folder() if part.operator == "%" and operand == "/*" else self.anchored(self.script)
        found = self.special(part.name) if part.name not in self.variables else self.variables[part.name]
        if not part.operator:
            return UNKNOWN if found is None else found
        if part.operator in (":-", "-"):
            return operand if found is None else found
        return UNKNOWN

    def special(self, name: str) -> str | None:
        if name == "PWD":
            return "."
        return self.anchored("") if name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR") else None

    def anchored(self, path: str) -> str:
        """A path from the repository's root as one from the directory of the moment."""
        if is_open(self.directory):
            return UNKNOWN
        return posixpath.relpath(path or ".", self.directory or ".")

    def folder(self) -> str:
        return self.anchored(posixpath.dirname(self.script))

    def output(self, script: Script) -> str:
        """What a command substitution prints, where it is one of those that name folders."""
        items = script.body.items if isinstance(script.body, Sequence) else (script.body,)
        node = items[0] if len(items) == 1 else None
        if isinstance(node, AndOr) and isinstance(node.left, Command) and isinstance(node.right, Command):
            words = [self.value(word) for word in node.left.words]
            is_there = node.left.name == "cd" and node.right.name == "pwd" and len(words) > 1
            return next((w for w in words[1:] if w[:1] != "-"), UNKNOWN) if is_there else UNKNOWN
        words = [self.value(word) for word in node.words] if isinstance(node, Command) else []
        match words:
            case ["pwd", *_]:
                return "."
            case ["dirname", *options, path] if all(o in ("--", "-z") for o in options):
                return posixpath.dirname(path) or "."
            case ["realpath" | "readlink", *options, path] if all(o.startswith("-") for o in options):
                return path
            case ["git", "rev-parse", "--show-toplevel"]:
                return self.anchored("")
        return UNKNOWN


def _is_file(target: Word | None) -> bool:
    return target is not None and target.literal not in ("/dev/null", "1", "2", "-")
