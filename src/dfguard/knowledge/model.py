"""The packs as one thing with look-ups: `Knowledge`; a table is read at its first use."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from dfguard.knowledge.caches import CacheLibrary, ReadAt, VariableUse, variable_uses
from dfguard.knowledge.callables import Callables
from dfguard.knowledge.merging import laid_over, modules_of, starters_of, wrapper_names_of
from dfguard.knowledge.patterns import alternatives, name_matches
from dfguard.knowledge.platforms import Platform
from dfguard.knowledge.tables import TABLES

if TYPE_CHECKING:
    from dfguard.knowledge.images import BaseImage, TagGrammar
    from dfguard.knowledge.loaders import (
        CommandLoader,
        Downloader,
        Misnamed,
        PythonLoader,
    )
    from dfguard.knowledge.packages import Package
    from dfguard.knowledge.profiles import Profile
    from dfguard.knowledge.wrappers import Wrapper

__all__ = ["TABLES", "Knowledge", "Platform"]


class Knowledge(Callables):
    """All that is known about the world: the tables, with look-ups."""

    def platform(self, name: str) -> Platform | None:
        """The platform with that id or alias (case aside), None when there is none."""
        wanted = name.lower()
        return next((p for p in self.platforms if wanted == p.id or wanted in p.aliases), None)

    def profile(self, name: str) -> tuple[str, ...] | None:
        """The selectors of a profile, those it extends first (empty: every rule that is on by default); None when
        there is no such profile.
        """
        found = self.profile_pack(name)
        if found is None:
            return None
        chain = [found]
        while (below := self.profile_pack(chain[-1].extends)) is not None and below not in chain:
            chain.append(below)
        return tuple(selector for pack in reversed(chain) for selector in pack.select)

    def profile_pack(self, name: str) -> Profile | None:
        """The profile with that id, None when there is none."""
        return next((p for p in self.profiles if p.id == name), None)

    @cached_property
    def _images(self) -> dict[str, list[BaseImage]]:
        from dfguard.knowledge.base_images import by_repository

        return by_repository(self.base_images.images)

    def base_image(self, reference: str) -> BaseImage | None:
        """What is known of the image a FROM names, templates filled and bases followed; None when nothing is."""
        if reference not in self._found_images:
            from dfguard.knowledge.base_images import look_up

            self._found_images[reference] = look_up(self._images, reference)
        return self._found_images[reference]

    @cached_property
    def _found_images(self) -> dict[str, BaseImage | None]:
        return {}

    def tag_grammar(self, repository: str) -> TagGrammar | None:
        """The tag grammar of a repository (as `parse_reference` gives it), None when none is known."""
        return next((g for g in self.base_images.grammars if g.repository == repository), None)

    @cached_property
    def _libraries(self) -> dict[str, CacheLibrary]:
        return {library.id: library for library in self.caches.libraries}

    def cache_library(self, name: str) -> CacheLibrary | None:
        """The cache table's entry with that id, None when there is none."""
        return self._libraries.get(name)

    @cached_property
    def _frozen_by(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for library in self.caches.libraries:
            if library.read_at is ReadAt.IMPORT:
                for module in library.frozen_by:
                    found[module] = (*found.get(module, ()), library.id)
        return found

    def frozen_by(self, module: str) -> tuple[str, ...]:
        """The libraries (ids) whose variables are read when that top-level module is imported."""
        return self._frozen_by.get(module, ())

    @cached_property
    def _calls(self) -> dict[str, list[tuple[str, PythonLoader]]]:
        """Patterns by their last segment, those whose last segment has a `*` under `*`."""
        table: dict[str, list[tuple[str, PythonLoader]]] = {}
        for loader in self.loaders.python:
            for pattern in (p for name in loader.names for p in alternatives(name)):
                last = pattern.rpartition(".")[2]
                key = "~" if loader.is_convention else "*" if "*" in last else last
                table.setdefault(key, []).append((pattern, loader))
        return table

    @cached_property
    def _found_loaders(self) -> dict[str, PythonLoader | None]:
        return {}

    @cached_property
    def _loaders(self) -> dict[str, PythonLoader]:
        return {loader.id: loader for loader in self.loaders.python}

    def loader(self, name: str) -> PythonLoader | None:
        """The loader with that id, None when it is a command's or there is none."""
        return self._loaders.get(name)

    def loader_for_call(self, name: str) -> PythonLoader | None:
        """The first loader whose pattern fits the resolved dotted name of a call, None when none does; those that go by
        a convention come last.
        """
        if name not in self._found_loaders:
            self._found_loaders[name] = self._fitting_loader(name)
        return self._found_loaders[name]

    def _fitting_loader(self, name: str) -> PythonLoader | None:
        table = self._calls
        for last in (name.rpartition(".")[2], "*", "~"):
            for pattern, loader in table.get(last, ()):
                if name_matches(pattern, name):
                    return loader
        return None

    @cached_property
    def _commands(self) -> dict[str, list[tuple[tuple[str, ...], CommandLoader]]]:
        table: dict[str, list[tuple[tuple[str, ...], CommandLoader]]] = {}
        for loader in self.loaders.commands:
            for words in (loader.words, *loader.aliases):
                table.setdefault(words[0], []).append((words, loader))
        return table

    @cached_property
    def starters(self) -> frozenset[str]:
        """The first words of the commands that are loaders, so that others need not read the table."""
        found: tuple[str, ...] = self._read("starters")
        return frozenset(found)

    def loader_for_command(self, words: tuple[str, ...]) -> tuple[CommandLoader, int] | None:
        """The loader whose leading words the command has (the program's folder aside) and how many they are; the
        longest match wins; None when none fits. Any `python3.11 -m` is written `python -m` in the table.
        """
        if not words or _program(words[0]) not in self.starters:
            return None
        normal = (_program(words[0]), *words[1:])
        found = [
            (loader, len(lead))
            for lead, loader in self._commands.get(normal[0], ())
            if normal[: len(lead)] == lead
        ]
        return max(found, key=lambda pair: pair[1], default=None)

    def downloader(self, words: tuple[str, ...]) -> Downloader | None:
        """The downloader with that program name and, where it has sub-commands, that second word."""
        if not words:
            return None
        name = _program(words[0])
        fitting = (d for d in self.downloaders.commands if name in d.commands)
        return next((d for d in fitting if words[1 : 1 + len(d.words)] == d.words), None)

    @cached_property
    def wrapper_names(self) -> frozenset[str]:
        """The names in the wrappers table, so that other commands need not read it."""
        found: tuple[str, ...] = self._read("wrapper_names")
        return frozenset(found)

    @cached_property
    def _wrappers(self) -> dict[str, Wrapper]:
        return {name: row for row in reversed(self.wrappers.wrappers) for name in row.names}

    def wrapper(self, name: str) -> Wrapper | None:
        """The entry of a program that runs another one, by its name without folder; None for any other program."""
        return self._wrappers.get(name) if name in self.wrapper_names else None

    def misnamed(self, name: str) -> Misnamed | None:
        """The entry for a dotted name that does not exist (or something below it), None when there is none."""
        while name:
            if name in self._misnamed:
                return self._misnamed[name]
            name = name.rpartition(".")[0]
        return None

    @cached_property
    def _misnamed(self) -> dict[str, Misnamed]:
        return {misnamed.name: misnamed for misnamed in self.loaders.misnamed}

    @cached_property
    def _variables(self) -> dict[str, tuple[VariableUse, ...]]:
        return variable_uses(self.caches.libraries)

    def variable(self, name: str) -> tuple[VariableUse, ...]:
        """The libraries that read an environment variable as cache directory or offline switch, with the versions in
        which they do; empty for a variable that none reads.
        """
        return self._variables.get(name, ())

    def misspelt(self, name: str) -> tuple[bool, str | None]:
        """Whether the name is a known misspelling, and what was meant (None: nothing reads the like)."""
        found = next((m for m in self.caches.misspelt if m.name == name), None)
        return (False, None) if found is None else (True, found.instead)

    @cached_property
    def _packages(self) -> dict[str, Package]:
        return {package.name: package for package in self.packages.packages}

    def package(self, name: str) -> Package | None:
        """The package facts of a distribution (any spelling), None when there are none."""
        return self._packages.get(distribution_name(name))

    @cached_property
    def _modules(self) -> dict[str, str]:
        return {module: package.name for package in self.packages.packages for module in package.modules}

    def distribution_of(self, module: str) -> str | None:
        """The distribution that provides a top-level module, None when the table does not say."""
        return self._modules.get(module.partition(".")[0])

    def merged(self, tables: dict[str, Any]) -> Knowledge:
        """This knowledge with further packs laid over: entries of the same id are replaced, others added."""

        def read(name: str) -> Any:
            if name == "starters":
                return (*self.starters, *starters_of(tables.get("loaders")))
            if name == "api_modules":
                return (*self.api_modules, *modules_of(tables.get("api")))
            if name == "wrapper_names":
                return (*self.wrapper_names, *wrapper_names_of(tables.get("wrappers")))
            own = getattr(self, name)
            return laid_over(own, tables[name]) if name in tables else own

        return Knowledge(read)


@lru_cache(maxsize=4096)
def distribution_name(name: str) -> str:
    """The normalised name of a distribution: lower case, runs of `-_.` as one dash (PEP 503)."""
    parts = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(part for part in parts if part)


def _program(word: str) -> str:
    name = word.rpartition("/")[2]
    bare = name.rstrip("0123456789.")
    return bare if bare in {"python", "pypy", "pip"} else name
