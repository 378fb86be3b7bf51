"""Installs that leave their cache in the layer: the one check behind all rules about caches."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Finding, Fix, known, mount_targets
from dfguard.checks.packages._calls import installs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts, Site
    from dfguard.knowledge.package_managers import Clean


def uncleaned(facts: Facts, identifier: str, *, only_final: bool = False) -> Iterator[Finding]:
    """One finding per install whose leavings stay in the image; `identifier` is a row of the table's `cleans`. The layers of a
    stage that is only copied from are thrown away; hadolint reports them all the same, unless `only_final`.
    """
    clean = facts.knowledge.package_managers.clean(identifier)
    reported: set[int] = set()
    for site, call, verb in installs(facts, clean.commands, clean.verbs):
        if not _is_kept(facts, site, only_final=only_final) or _is_clean(facts, clean, site, call):
            continue
        if not clean.add and id(site.instruction) in reported:
            continue
        reported.add(id(site.instruction))
        has_place = clean.add and not call.has_flag(*clean.add_unless)
        edit = call.with_words(verb, clean.add) if has_place else None
        fix = Fix(f"add {clean.add}", (edit,), is_safe=True, changes=(Aspect.COMMANDS,)) if edit else None
        yield Finding(
            verb, f"{clean.tool} {verb.text} leaves {clean.left} in the layer", fix=fix, advice=_advice(clean)
        )


def _is_kept(facts: Facts, site: Site, *, only_final: bool) -> bool:
    """Whether the layer matters: it becomes one of the image's, or the tool that is imitated does not ask."""
    if facts.imitates("hadolint"):
        return not only_final or facts.outline.is_built_on(site.section)
    return facts.is_in_image(site.section)


def _advice(clean: Clean) -> str | None:
    if clean.add:
        return None
    if clean.cleaned_by and not clean.is_removed_by_hand:
        return f"run {clean.cleaned_by[0].command} {' '.join(clean.cleaned_by[0].words)} in the same RUN"
    return f"remove {clean.paths[0]}/* in the same RUN"


def _is_clean(facts: Facts, clean: Clean, site: Site, call: Call) -> bool:
    return (
        call.has_flag(*clean.options)
        or any(_is_set(facts, site, name) for name in clean.variables)
        or facts.is_configured(facts.step_of(site.outer), clean.file.files, clean.file.word)
        or _is_switched_off_before(facts, clean, site)
        or _is_given_by_variable(facts, clean, site, call)
        or _is_mounted(clean, site)
        or _is_elsewhere(facts, clean, site, call)
        or _is_removed(facts, clean, site, call)
    )


def _is_set(facts: Facts, site: Site, name: str) -> bool:
    """Whether a variable has any value, true or not, as the program is said to see it; one that nobody can tell counts."""
    value = facts.outline.variable(site, name)
    if value is not None and known(value) != "":
        return True
    script = facts.outline.script(site)
    _, mark, behind = script.text.value.partition(f"{name}=") if script else ("", "", "")
    return bool(mark) and not behind.lstrip("\"'")[:1].isspace()


def _is_switched_off_before(facts: Facts, clean: Clean, site: Site) -> bool:
    """Whether the program itself wrote it into its configuration: `pip config set global.no-cache-dir true`."""
    word = clean.file.word
    if not word:
        return False
    told = (
        c
        for s in facts.outline.of("RUN")
        if s.section in site.section.chain
        for c in facts.outline.calls_in(s)
    )
    return any(call.has("config") and any(w.endswith(f".{word}") for w in call.arguments) for call in told)


def _is_given_by_variable(facts: Facts, clean: Clean, site: Site, call: Call) -> bool:
    """Whether a variable holds the option, or may hold it: `pip install $PIP_OPTIONS x`."""
    texts = [known(value) for value in facts.outline.fields(site, call)]
    return any(text and text.lstrip("-").partition("=")[0] in clean.options for text in texts)


def _is_elsewhere(facts: Facts, clean: Clean, site: Site, call: Call) -> bool:
    """Whether the cache is in a folder of the user's choice, with a mount at it or above it, or removed in the same RUN."""
    found = [value for name in clean.places if (value := _place(facts, site, call, name))]
    if not found:
        return False
    targets = mount_targets(site.instruction, "cache", "tmpfs")
    words = [w for c in facts.outline.calls_in(site) if c.name == "rm" for w in c.arguments]
    return any(
        "$" in place or any(_holds(t, place) for t in targets) or _is_below_any(place, words)
        for place in found
    )


def _is_below_any(place: str, words: list[str]) -> bool:
    return any(len(word) > 1 and f"{place}/".startswith(f"{word.rstrip('*').rstrip('/')}/") for word in words)


def _place(facts: Facts, site: Site, call: Call, name: str) -> str:
    if not name.startswith("-"):
        value = facts.outline.variable(site, name)
        return (known(value) or "$") if value is not None else ""
    words = call.arguments
    joined = next((w.partition("=")[2] for w in words if w.startswith(f"{name}=")), "")
    return joined or next((after for w, after in itertools.pairwise(words) if w == name), "")


def _is_mounted(clean: Clean, site: Site) -> bool:
    """Whether cache mounts lie at all paths of a set, or above them."""
    targets = mount_targets(site.instruction, "cache", "tmpfs")
    return any(all(any(_holds(t, end) for t in targets) for end in mounts.targets) for mounts in clean.mounts)


def _holds(target: str, end: str) -> bool:
    if end in target or "$" in target:
        return True
    above = target.rstrip("/")
    if end.startswith("/"):
        return f"{end}/".startswith(f"{above}/")
    return above.endswith(f"/{end.rpartition('/')[0]}")


def _is_removed(facts: Facts, clean: Clean, site: Site, install: Call) -> bool:
    is_behind = False
    for call in facts.outline.calls_in(site):
        is_behind = is_behind or call is install
        if not is_behind and not clean.is_removed_by_hand:
            continue
        if any(call.name == by.command and call.has(*by.words) for by in clean.cleaned_by):
            return True
        if call.name in {"rm", "find"} and any(_is_below(word, clean.paths) for word in call.arguments):
            return True
    return False


def _is_below(word: str, paths: tuple[str, ...]) -> bool:
    """Whether removing the word removes one of the paths' content: the path, a pattern below it, or a parent."""
    bare = word.replace("${HOME}", "~").rstrip("*").rstrip("/")
    if "{" in bare:
        return bare.startswith("/var/")
    return len(bare) > 1 and any(bare.startswith(path) or path.startswith(f"{bare}/") for path in paths)
