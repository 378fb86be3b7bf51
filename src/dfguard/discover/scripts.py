"""Scripts, makefiles and CI files to the image builds that their commands start: what tells a build context where no build
file does. What stands in variables of the call is not known.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Run, Source, Span, Text
from dfguard.discover.build_arguments import may_build
from dfguard.discover.build_commands import builds_in
from dfguard.discover.mentions import Mention
from dfguard.discover.open_paths import UNKNOWN
from dfguard.syntax.shell.nodes import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELL_ENDINGS = (".sh", ".bash")
GORELEASER = frozenset({"goreleaser.yml", "goreleaser.yaml"})
MAKEFILES = frozenset({"makefile", "gnumakefile"})
OTHERS = frozenset(
    """
    .drone.yml .gitlab-ci.yml .travis.yml .woodpecker.yml azure-pipelines.yml bitbucket-pipelines.yml
    cloudbuild.yaml cloudbuild.yml jenkinsfile justfile package.json skaffold.yaml taskfile.yaml taskfile.yml
    """.split()
)
FOLDERS = (
    *("scripts", "script", "bin", "ci", ".ci", "hack", "build", "tools", "docker", "deploy", "contrib"),
    *(".circleci", ".buildkite", ".buildkite/hooks", ".buildkite/steps", ".github/scripts"),
)
"""Folders of a repository in which scripts that build its images usually lie."""
MOST_SCRIPTS = 60


def is_script(name: str) -> bool:
    """Whether a file of that name may say how images are built."""
    low = name.lower()
    known = low in MAKEFILES or low in OTHERS or low.removeprefix(".") in GORELEASER or name == "config.yml"
    return known or low.endswith((*SHELL_ENDINGS, ".mk"))


def is_program(name: str) -> bool:
    """Whether a file of that name may say what is done before or around a build, in whatever language."""
    low = name.lower()
    return (
        is_script(name) or "." not in name.lstrip(".") or low.endswith(_PROGRAMS) or low == "cmakelists.txt"
    )


def is_unread_program(name: str) -> bool:
    """Whether a file of that name is a program in a language of which no builds are read."""
    return is_program(name) and not is_script(name) and not name.lower().endswith((".yml", ".yaml", ".hcl"))


_PROGRAMS = (
    *(".bat", ".cmd", ".ps1", ".py", ".rb", ".js", ".mjs", ".ts", ".go", ".gradle", ".kts", ".sbt", ".xml"),
    *(".yml", ".yaml", ".hcl", ".nix", ".groovy", ".pl", ".cake", ".cmake", ".bzl", ".bazel"),
    *(".rs", ".java", ".kt", ".cs", ".fsx", ".toml"),
)


def script_mentions(name: str, source: Source) -> tuple[Mention, ...]:
    """The builds of one script, named by its path in the repository, as seen from every folder it may be started in."""
    return _read(name, source.path, source.text)


@lru_cache(maxsize=128)
def _read(name: str, shown: str, text: str) -> tuple[Mention, ...]:
    source = Source(shown, text)
    base, folder = posixpath.basename(name).lower(), posixpath.dirname(name)
    if base.removeprefix(".") in GORELEASER:
        return tuple(_goreleaser(source, folder))
    if not may_build(source.text):
        return ()
    if base.endswith(SHELL_ENDINGS):
        whole = source.text_of(Span(0, len(text)))
        return tuple(m for start in dict.fromkeys(("", folder)) for m in _shell(whole, start, {}, name))
    if base == "package.json":
        return tuple(_package(source, folder))
    if base in MAKEFILES or base.endswith(".mk"):
        return tuple(_makefile(source, folder))
    return tuple(_lines(source, folder))


def comment_mentions(name: str, source: Source) -> tuple[Mention, ...]:
    """The builds in the comments of a Dockerfile (`# docker build -f docker/Dockerfile .`), from the root and its folder."""
    found = re.finditer(r"^[ \t]*#(.*)$", source.text, re.MULTILINE)
    told = [comment for comment in found if may_build(comment[1])]
    starts = dict.fromkeys(("", posixpath.dirname(name)))
    return tuple(
        mention
        for start in starts
        for comment in told
        for mention in _shell(_command(source, comment.start(1), comment[1]), start, {}, "")
    )


def _shell(text: Text, start: str, variables: dict[str, str], script: str) -> Iterator[Mention]:
    for build in builds_in(text, Dialect.BASH, start, variables, script).builds:
        place = Place(text.source, build.span)
        yield Mention(
            place,
            posixpath.basename(text.source.path),
            build.dockerfile,
            build.root,
            build.target,
            contexts=build.contexts,
            is_after_others=True,
        )


def _package(source: Source, folder: str) -> Iterator[Mention]:
    """Source: docs.npmjs.com/cli/using-npm/scripts (they run in the folder of package.json)."""
    from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

    tree = parse_tree(source)
    scripts = tree.get("scripts") if tree else None
    for _, item in scripts.items if isinstance(scripts, Branch) else ():
        if isinstance(item, Scalar) and may_build(item.value):
            start = item.place.span.start
            text = Text(item.value, source, (Run(0, start, 1),))
            yield from _shell(text, folder, {}, "")


def _goreleaser(source: Source, folder: str) -> Iterator[Mention]:
    """Source: goreleaser.com/customization/docker (`dockers`, `dockers_v2`; the context is a temporary folder with the
    programs that it built and the `extra_files`).
    """
    from dfguard.knowledge.yaml_tree import Branch, parse_tree

    tree = parse_tree(source)
    for key in ("dockers", "dockers_v2"):
        images = tree.get(key) if tree else None
        for _, image in images.branches() if isinstance(images, Branch) else ():
            file = image.scalar("dockerfile")
            path = posixpath.join(folder, file.value if file else "Dockerfile")
            yield Mention(image.place, "goreleaser", path, UNKNOWN, is_after_others=True)


@cache
def _make_variable() -> re.Pattern[str]:
    return re.compile(r"^(?:export\s+)?(\w+)\s*(?:\?|::?|)=[ \t]*([^\n#]*)", re.MULTILINE)


def _makefile(source: Source, folder: str) -> Iterator[Mention]:
    """Recipes run in the folder of the makefile, line by line; `$(NAME)` is a variable, `$$` the shell's `$`."""
    variables: dict[str, str] = {}
    for found in _make_variable().finditer(source.text):
        value = found[2].strip()
        is_known = found[1] not in variables and "$" not in value and not value.endswith("\\")
        variables[found[1]] = value if is_known else UNKNOWN
    variables.setdefault("CURDIR", ".")
    for start, line in _logical_lines(source.text):
        if line.startswith("\t") and may_build(line):
            shell = re.sub(r"(?<!\$)\$\((\w+)\)", r"${\1}", line).replace("$$", "$")
            yield from _shell(_command(source, start, shell), folder, variables, "")


def _lines(source: Source, folder: str) -> Iterator[Mention]:
    """Files of other kinds, line by line; where they change the folder elsewhere, it is not known."""
    moves = re.search(
        r"""^\s*(?:-\s+)?["']?(?:cd|pushd|dir:|cwd:|working.?dir\w*:)\s""", source.text, re.MULTILINE
    )
    start_in = UNKNOWN if moves else folder
    for start, line in _logical_lines(source.text):
        if may_build(line):
            quoted = re.search(r"""(["'])((?:docker|podman|buildah)\s.*?)\1""", line)
            shell = quoted[2] if quoted else line.strip().removeprefix("- ")
            yield from _shell(_command(source, start, shell), start_in, {}, "")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that follow a backslash at their end."""
    for found in re.finditer(r"(?:[^\n\\]|\\\n|\\.)+", text):
        yield found.start(), found[0]


def _command(source: Source, start: int, line: str) -> Text:
    """A line as shell text, without the marks that `make` and `just` take off; its place is where the line starts."""
    value = re.sub(r"^(?:[@+-]+\s*|[$>]\s+)+", "", line.strip()).strip("`")
    return Text(value, source, (Run(0, start, 1),))
