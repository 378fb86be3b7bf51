"""Why dfguard and another linter differ at a place: the classes of differences in which dfguard is right."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dfguard.core.source import Source
from dfguard.disk import InMemoryContext
from dfguard.facts import Facts
from dfguard.interp.runtime.deployment import PLAIN, declared
from dfguard.interp.state.inputs import World
from dfguard.knowledge.load import load_knowledge
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.syntax.dockerfile.document import Document, Instruction


@cache
def document(path: str) -> Document:
    """The parsed file."""
    return parse(Source.decode(path, Path(path).read_bytes()))


def first_line(path: str, line: int) -> int:
    """The line of the instruction that the line belongs to, the line itself when it belongs to none."""
    source = document(path).source
    for instruction in document(path).instructions:
        if instruction.line <= line <= source.line_of(instruction.span.end):
            return instruction.line
    return line


@cache
def outline(path: str) -> Outline:
    """The outline of the file, played."""
    world = World(InMemoryContext({}), load_knowledge(()), declared(PLAIN, "unknown", (), load_knowledge(())))
    return Facts(document(path), world).outline


class Subject:
    """One differing place: the rule's `code`, file and line, the other `tool`, whether only dfguard found it, and all `codes`
    that the other tool has on that line.
    """

    def __init__(
        self, code: str, path: str, line: int, *, tool: str, is_ours: bool, codes: frozenset[str]
    ) -> None:
        """Keep what is known; the rest is looked up when asked for."""
        self.code, self.path, self.line, self.tool = code, path, line, tool
        self.is_ours, self.codes = is_ours, codes

    @property
    def outline(self) -> Outline:
        """The outline of the file."""
        return outline(self.path)

    @cached_property
    def site(self) -> Site | None:
        """The instruction in its surroundings; what ONBUILD holds for an ONBUILD."""
        sites = [s for s in self.outline.sites if s.outer.line == self.line]
        return sites[-1] if sites else None

    @cached_property
    def instruction(self) -> Instruction | None:
        """The instruction at the place."""
        found = document(self.path)
        return next((i for i in (*found.instructions, *found.unknown) if i.line == self.line), None)

    @cached_property
    def text(self) -> str:
        """The instruction as it stands in the file."""
        return (
            self.instruction.place.text
            if self.instruction
            else document(self.path).source.line_text(self.line)
        )


class Difference:
    """A class of differences: `reason` says why dfguard is right; `explains` whether a place belongs to it."""

    def __init__(self, name: str, reason: str, explains: Callable[[Subject], bool]) -> None:
        """Keep the three."""
        self.name, self.reason, self.explains = name, reason, explains


PACKAGES = frozenset(
    {"DL3008", "DL3013", "DL3016", "DL3018", "DL3028", "DL3033", "DL3037", "DL3041", "DL3062"}
)
VALUES = PACKAGES | {"DL3000", "DL3002", "DL3020", "DL3021", "DL3045", "DL3046", "DL3066"}
CLEANED = frozenset({"DL3009", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"})
WINDOWS = ("windows", "nanoserver", "servercore", "ltsc20")
FOREIGN = ("powershell", "pwsh", "cmd")
LEFT = (
    "clean all",
    "dist-clean",
    "distclean",
    "cache purge",
    "/var/lib/apt",
    ".cache",
    "/var/cache",
    "--mount=",
)


def _is_foreign(subject: Subject) -> bool:
    """Text for PowerShell or cmd: by SHELL, or by a base image of Windows."""
    site = subject.site
    if site is None:
        return False
    bases = " ".join(s.stage.base.value.lower() for s in site.section.chain if s.stage)
    shell = " ".join(site.shell).lower()
    is_path = site.instruction.keyword == "WORKDIR" and site.instruction.rest.value.strip('"')[1:2] == ":"
    return is_path or any(w in shell for w in FOREIGN) or any(w in bases for w in WINDOWS)


def _is_called_otherwise(subject: Subject) -> bool:
    """A program named by its path or with a variable, run by another one, in the JSON form, or with options first."""
    site = subject.site
    for call in subject.outline.calls_in(site) if site else ():
        name = call.place.text
        if call.is_wrapped or call.command is None or "/" in name or "$" in name:
            return True
        if call.arguments[:2] == ("-m", "pip") and call.arguments[2:3] != ("install",):
            return True
    return False


def _is_cleaned_otherwise(subject: Subject) -> bool:
    if subject.is_ours:
        return "rm " in subject.text or "clean" in subject.text
    site = subject.site
    is_left = site is not None and not subject.outline.is_built_on(site.section)
    return is_left or any(part in subject.text for part in LEFT)


def _asks_for_pipefail(subject: Subject) -> bool:
    site = subject.site
    if site and not subject.outline.first_pipe(site):
        return True
    words = [word for call in subject.outline.calls_in(site) for word in call.arguments] if site else []
    return site is not None and "pipefail" in (*site.shell, *words)


def _has_chosen_shell(subject: Subject) -> bool:
    return subject.site is not None and subject.site.is_shell_set


def _is_health_check(subject: Subject) -> bool:
    return subject.site is not None and subject.site.instruction.keyword == "HEALTHCHECK"


BUILDKIT = ("tally", "BuildKit")


def _is_triggered(subject: Subject) -> bool:
    """What ONBUILD holds, or the FROM of a stage on top of one with ONBUILD."""
    found = document(subject.path)
    if subject.is_ours:
        return subject.instruction is not None and subject.instruction.keyword == "ONBUILD"
    names = {s.name for s in found.stages if any(i.keyword == "ONBUILD" for i in s.instructions)}
    stages = {s.from_instruction.line: s for s in found.stages}
    return subject.line in stages and stages[subject.line].base.value.lower() in names


def _is_from_the_root(subject: Subject) -> bool:
    words = subject.instruction.arguments[:-1] if subject.instruction else ()
    return subject.is_ours and any(w.value.startswith(("/", "../")) for w in words)


CLASSES: tuple[Difference, ...] = (
    Difference(
        "words of secrets",
        "hadolint looks for parts of names (TOKENIZER_NAME, MAX_TOKENS, USERNAME), BuildKit for words (GPG_KEY)",
        lambda s: s.code == "DL3064",
    ),
    Difference(
        "resolved FROM",
        "FROM with an ARG means what the ARG's default says; hadolint takes the text as the name",
        lambda s: s.code in {"DL3006", "DL3007"} and "$" in s.text,
    ),
    Difference(
        "another shell",
        "text for PowerShell or cmd is no POSIX shell, and C:/x is an absolute path on Windows",
        lambda s: (not s.is_ours or s.code == "DL3059") and _is_foreign(s),
    ),
    Difference(
        "first workdir",
        "BuildKit minds only the first WORKDIR of a chain of stages: after an absolute one a relative one is safe",
        lambda s: s.code == "DL3000" and not s.is_ours,
    ),
    Difference(
        "chosen shell",
        "with SHELL set BuildKit does not ask for the JSON form of CMD and ENTRYPOINT; hadolint and tally do",
        lambda s: s.code in {"DL3025", "JSONArgsRecommended"} and not s.is_ours and _has_chosen_shell(s),
    ),
    Difference(
        "health check",
        "HEALTHCHECK CMD in the shell form is hadolint's; BuildKit looks at CMD and ENTRYPOINT",
        lambda s: s.code == "JSONArgsRecommended" and s.is_ours and _is_health_check(s),
    ),
    Difference(
        "other words for a program",
        "hadolint compares a command's first words as they stand: /venv/bin/pip, python$V, what sudo runs and options "
        "before the verb escape it, and the words of a JSON form are shell text to it",
        lambda s: _is_called_otherwise(s) and (s.is_ours or s.code == "DL3059" or '["' in s.text),
    ),
    Difference(
        "values of variables",
        "an ENV or an ARG with a default says which package, source, user or path is meant; where nothing does, it may "
        "well be what it should",
        lambda s: s.code in VALUES and ("$" in s.text or "`" in s.text),
    ),
    Difference(
        "what cleans",
        "for hadolint any rm -rf cleans, and one clean command for all installs; for dfguard what removes this cache, from "
        "its parent or by another command of the RUN, a mount above it, and a stage that is no base of anything",
        lambda s: s.code in CLEANED and _is_cleaned_otherwise(s),
    ),
    Difference(
        "asked pipe",
        "pipefail is on: by set -o in the RUN, by the JSON form, by a SHELL of the stage below or of the base image; "
        "and echo and yes before a pipe do not fail",
        lambda s: s.code == "DL4006" and not s.is_ours and _asks_for_pipefail(s),
    ),
    Difference(
        "platform by choice",
        "BuildKit accepts a --platform from any ARG, and one that the name of the stage says",
        lambda s: s.code == "DL3029" and not s.is_ours,
    ),
    Difference(
        "filled scratch",
        "COPY --from=x / / into a stage FROM scratch makes one layer of everything, on purpose",
        lambda s: s.code == "DL3067" and not s.is_ours,
    ),
    Difference(
        "image with a slash",
        "COPY --from=owner/name is an image, no misspelt stage",
        lambda s: s.code == "DL3022" and not s.is_ours and "/" in s.text,
    ),
    Difference(
        "options without a value",
        "gem install --no-document bundler installs bundler; hadolint takes it for the value of the option",
        lambda s: s.code == "DL3028" and s.is_ours and " -" in s.text,
    ),
    Difference(
        "cousins of dup",
        "apt-get dist-upgrade, dnf distro-sync and the like do what zypper dist-upgrade does",
        lambda s: s.code == "DL3035" and s.is_ours and "zypper" not in s.text,
    ),
    Difference(
        "base image's facts",
        "the base image sets the variable (PATH always is), or is made for another machine; tally and a made-up base "
        "image cannot know",
        lambda s: (
            s.code in {"UndefinedVar", "WorkdirRelativePath", "InvalidBaseImagePlatform", "ExposeProtoCasing"}
            and (s.code != "ExposeProtoCasing" or "$" in s.text)
            and s.is_ours == (s.code == "InvalidBaseImagePlatform")
        ),
    ),
    Difference(
        "hidden by another",
        "tally shows nothing else where a FROM names no image",
        lambda s: s.is_ours and s.tool == "tally" and "InvalidDefaultArgInFrom" in s.codes,
    ),
    Difference(
        "fragments",
        "a file without any FROM is made to be included somewhere; hadolint misses the FROM at every instruction",
        lambda s: s.code == "DL3061" and not s.is_ours and not document(s.path).stages,
    ),
    Difference(
        "triggers",
        "what is wrong in an ONBUILD stands there, whoever builds on it; BuildKit reports it at the FROM that runs it, and "
        "a CMD of ONBUILD is there to be replaced",
        lambda s: s.tool in BUILDKIT and _is_triggered(s),
    ),
    Difference(
        "paths from the root",
        "COPY /foo and COPY ../foo mean foo in the context, which .dockerignore keeps out; BuildKit compares the text",
        lambda s: s.code == "CopyIgnoredFile" and _is_from_the_root(s),
    ),
)
