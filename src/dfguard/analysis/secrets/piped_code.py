"""An outline to the downloads that are run unseen: `curl URL | sh`, `bash <(curl URL)`, `sh -c "$(curl URL)"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place
from dfguard.syntax.shell.calls import commands, nodes
from dfguard.syntax.shell.nodes import Command, Pipeline, Substitution
from dfguard.syntax.shell.wrappers import peel, program_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.analysis.text.outline import Outline
    from dfguard.syntax.shell.nodes import Node, Word

_DOWNLOADERS = frozenset(["curl", "wget", "aria2c", "fetch"])
_RUNNERS = frozenset(
    ["sh", "bash", "ash", "dash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node", "php"]
)
_SHELLS = frozenset(["sh", "bash", "ash", "dash", "zsh", "ksh", "eval", "source", "."])


class PipedCode(Record):
    """A download that is run as it comes: by `runner`, from `address` (empty when it cannot be told)."""

    place: Place
    runner: str
    address: str


def piped_code(outline: Outline) -> Iterator[PipedCode]:
    """Every download of a RUN that is run as it comes."""
    for site in outline.of("RUN", with_triggers=True):
        script = outline.script(site)
        for node in nodes(script.body) if script else ():
            found = _in_pipeline(node) if isinstance(node, Pipeline) else _in_words(node)
            if found and script:
                runner, download = found
                yield PipedCode(Place(script.source, node.span), runner, _address(download))


def _in_pipeline(pipeline: Pipeline) -> tuple[str, Command] | None:
    runner = next((name for part in pipeline.parts[1:] if (name := _runner(part))), None)
    download = next((c for part in pipeline.parts[:-1] if (c := _download(part))), None)
    return (runner, download) if runner and download else None


def _runner(node: Node) -> str | None:
    """The interpreter that reads its program from the pipe: no file is named, though options and `-s -- words` may be."""
    if not isinstance(node, Command):
        return None
    names = [word.literal or "" for word in peel(node.words).words]
    if not names or names[0].rpartition("/")[2] not in _RUNNERS:
        return None
    rest = names[1:]
    reads = not rest or rest[0] in {"-", "-s", "/dev/stdin"} or all(word.startswith("-") for word in rest)
    takes_program = any(word in {"-c", "-m"} for word in rest)
    is_stdin = "-s" in rest or "-" in rest or any(word[:1] == "-" and "s" in word[1:] for word in rest[:1])
    return names[0].rpartition("/")[2] if (reads or is_stdin) and not takes_program else None


def _download(node: Node) -> Command | None:
    found = commands(node) if isinstance(node, Command) else ()
    for command in found:
        words = peel(command.words).words
        if words and program_name(words[0]) in _DOWNLOADERS:
            return command
    return None


def _in_words(node: Node) -> tuple[str, Command] | None:
    if not isinstance(node, Command) or not node.words:
        return None
    name = (node.name or "").rpartition("/")[2]
    if name not in _SHELLS:
        return None
    words = node.words[1:]
    is_text = name == "eval" or any(word.literal == "-c" for word in words)
    for part in (part for word in words for part in word.parts):
        if isinstance(part, Substitution) and part.script and (part.is_process or is_text):
            download = next((c for c in commands(part.script.body) if _download(c)), None)
            if download:
                return name, download
    return None


def _address(command: Command) -> str:
    texts = (_start(word) for word in command.words)
    return next((text for text in texts if "://" in text), "")


def _start(word: Word) -> str:
    return word.literal or word.raw.value.strip("\"'")
