"""Installs that leave their cache in the layer: the one check behind all rules about caches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.checks.api import Aspect, Finding, Fix, known, mount_targets
from dfguard.checks.packages._calls import installs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.api import Call, Facts, Site
    from dfguard.knowledge.package_managers import Clean

TRUE = frozenset({"1", "true", "on", "yes"})


def uncleaned(facts: Facts, identifier: str, *, only_final: bool = False) -> Iterator[Finding]:
    """One finding per install whose leavings stay; `identifier` is a row of the table's `cleans`. `only_final`: in the
    last stage and in those that another is built on only, because nothing else of a stage reaches the image.
    """
    clean = facts.knowledge.package_managers.clean(identifier)
    reported: set[int] = set()
    for site, call, verb in installs(facts, clean.commands, clean.verbs):
        if (only_final and not facts.outline.is_built_on(site.section)) or _is_clean(
            facts, clean, site, call
        ):
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
        or _is_mounted(clean, site)
        or _is_removed(facts, clean, site, call)
    )


def _is_set(facts: Facts, site: Site, name: str) -> bool:
    value = facts.outline.variable(site, name)
    if value is not None and (known(value) or "").lower() in TRUE:
        return True
    script = facts.outline.script(site)
    _, mark, behind = script.text.value.partition(f"{name}=") if script else ("", "", "")
    return bool(mark) and behind.lstrip("\"'").lower().startswith(tuple(TRUE))


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
