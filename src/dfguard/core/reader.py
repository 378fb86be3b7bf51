"""One way to read an entry, a folder and a file to a whole `BuildContext`: what every kind of context shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.context import Archive, ContextEntry, Kind, followed, no_doubt
from dfguard.core.ignorefile import IgnoreRules, parse_ignorefile
from dfguard.core.patterns import has_wildcards, matches_name, unescaped
from dfguard.core.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.core.ignorefile import IgnoreRule

LARGEST_TEXT = 2 * 1024 * 1024
MOST_SEARCHED = 5000
IGNORE_FILE = ".dockerignore"


class ContextReader(ABC):
    """The base of the contexts: subclasses say how one entry, one folder and one file are read. Everything is lazy."""

    def __init__(self, name: str, doubt: Callable[[str], str] = no_doubt) -> None:
        """Take what is shown to the user for the root, and what is not proven to be absent (see `BuildContext.doubt`)."""
        self._name = name
        self._doubt = doubt
        self._sources: dict[str, Source | None] = {}

    @property
    def name(self) -> str:
        """What is shown to the user for the root."""
        return self._name

    @abstractmethod
    def entry(self, path: str) -> ContextEntry | None:
        """The entry at `path`, links not followed; None when there is none or a link stands in the way."""

    @abstractmethod
    def children(self, path: str) -> tuple[ContextEntry, ...]:
        """The entries directly in the directory `path`, sorted by name; empty when it is none."""

    @abstractmethod
    def read(self, path: str, limit: int) -> bytes | None:
        """At most `limit` bytes of the regular file at `path`; None when it is longer or cannot be read."""

    @abstractmethod
    def ignore_file_of_dockerfile(self) -> Source | None:
        """`<Dockerfile>.dockerignore` beside the Dockerfile, which goes before the context's own; None without one."""

    def source(self, path: str) -> Source | None:
        """The text of a file, links inside the context followed; None when missing, too large, binary or unreadable.

        What is named like a Python file is text, a NUL byte in it or not: Python reads it as text, and refuses.
        """
        if path not in self._sources:
            real = followed(self, path)
            data = self.read(real, LARGEST_TEXT) if real else None
            is_text = data is not None and (b"\0" not in data or path.endswith(".py"))
            self._sources[path] = (
                Source.decode(self.shown(path), data) if is_text and data is not None else None
            )
        return self._sources[path]

    def shown(self, path: str) -> str:
        """The path as it is shown to the user."""
        return path if self._name in (".", "") else f"{self._name.rstrip('/')}/{path}"

    @cached_property
    def _ignore(self) -> IgnoreRules:
        source = self.ignore_file_of_dockerfile() or self.source(IGNORE_FILE)
        return parse_ignorefile(source) if source else IgnoreRules(())

    def is_ignored(self, path: str) -> bool:
        """Whether .dockerignore keeps the path out; a folder stays in for what an exception lets in below it."""
        return self._decider(path) is not None

    def ignore_rule(self, path: str) -> tuple[Source, int] | None:
        """The ignore file and 1-based line that keep the path out."""
        rule = self._decider(path)
        source = self._ignore.source
        return (source, rule.line) if rule and source else None

    def _decider(self, path: str) -> IgnoreRule | None:
        rule = self._ignore.decider(path)
        if rule is None or not self._ignore.may_let_in_below(path):
            return rule
        return None if self._lets_in_below(path) else rule

    def _lets_in_below(self, folder: str) -> bool:
        waiting, seen = [folder], 0
        while waiting:
            for child in self.children(waiting.pop()):
                seen += 1
                if seen > MOST_SEARCHED or self._ignore.decider(child.path) is None:
                    return True
                if child.kind is Kind.DIRECTORY and self._ignore.may_let_in_below(child.path):
                    waiting.append(child.path)
        return False

    def matches(self, pattern: str) -> Iterator[ContextEntry]:
        """The entries a COPY source pattern names, in name order, without what .dockerignore keeps out.

        Links are followed up to the first segment with a wildcard, as fsutil's `ResolveWildcards` does.
        """
        segments = [piece for piece in pattern.split("/") if piece not in ("", ".")]
        fixed = next((i for i, piece in enumerate(segments) if has_wildcards(piece)), len(segments))
        real = followed(self, "/".join(map(unescaped, segments[:fixed])))
        if real is None or self.is_ignored(real):
            return
        if fixed == len(segments):
            entry = self.entry(real)
            if entry:
                yield entry
            return
        yield from self._below(real, segments[fixed:])

    def _below(self, folder: str, segments: list[str]) -> Iterator[ContextEntry]:
        waiting = [(folder, 0)]
        while waiting:
            path, depth = waiting.pop()
            found = [
                c for c in self.children(path) if matches_name(segments[depth], c.path.rpartition("/")[2])
            ]
            if depth + 1 == len(segments):
                yield from (child for child in found if not self.is_ignored(child.path))
            else:
                waiting += [
                    (child.path, depth + 1) for child in reversed(found) if child.kind is Kind.DIRECTORY
                ]

    def doubt(self, path: str) -> str:
        """Why something may be at the path when the build starts although nothing is there now. An empty folder is all that
        a checkout has of a submodule that was not fetched.
        """
        why = self._doubt(path)
        if why or not self.may_grow:
            return why
        folder = path.rpartition("/")[0]
        while folder and self.entry(folder) is None:
            folder = folder.rpartition("/")[0]
        is_empty = folder and not self.children(folder)
        return "it lies in a folder of which the checkout has nothing" if is_empty else ""

    @property
    def may_grow(self) -> bool:
        """Whether `doubt` may say something of some path."""
        return self._doubt is not no_doubt

    def archive(self, path: str) -> Archive | None:
        """What the tar archive at `path` holds; None when the file is proven to be none (or is not there)."""
        from dfguard.core.archives import LARGEST_ARCHIVE, archive_of, may_be_archive

        real = followed(self, path)
        entry = self.entry(real) if real else None
        if not real or entry is None or entry.kind is not Kind.FILE:
            return None
        if entry.size > LARGEST_ARCHIVE:
            return Archive(None)
        data = self.read(real, LARGEST_ARCHIVE)
        return archive_of(data) if data is not None and may_be_archive(data) else None
