"""A configuration file (YAML, or `[tool.dfguard]` of a pyproject.toml) to layers of settings, with errors at the line."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from dfguard.core import observed
from dfguard.core.errors import ConfigError, PackError
from dfguard.core.patterns import PathPattern
from dfguard.core.record import Record
from dfguard.core.repository import leads_out
from dfguard.core.source import Place, Source, Span
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dfguard.config.settings import Layer, Sourced

LEVELS = ("error", "warning", "info", "off")
VOLUMES = ("attached", "none", "unknown")
LABEL_KINDS = ("text", "url", "email", "hash", "rfc3339", "semver", "spdx")


class ConfigFile(Record):
    """A parsed configuration file; its paths are relative to `folder`, and lead nowhere outside `root`, the repository
    that it was found in (None: the user named it, and may name any path in it).
    """

    path: str
    folder: str
    tree: Branch
    root: str | None = None


def read_config(path: str, root: str | None = None) -> ConfigFile:
    """A YAML configuration file; raise ConfigError when it cannot be read or is no mapping."""
    return read_mapping(path, f"a configuration file is a mapping of {_listed(KEYS)}", root)


def read_mapping(path: str, otherwise: str, root: str | None = None) -> ConfigFile:
    """A YAML file that is a mapping or empty; raise ConfigError (`otherwise` says what it should be) for any other."""
    source = _source(path, root)
    tree = parse_tree(source)
    if tree is None or tree.is_sequence:
        if all(line.lstrip()[:1] in {"", "#"} for line in source.text.splitlines()):
            return ConfigFile(
                path, os.path.dirname(os.path.abspath(path)), Branch((), Place(source, Span(0, 0))), root
            )
        _explain(path, source)
        raise ConfigError(f"{path}:1: {otherwise}")
    return ConfigFile(path, os.path.dirname(os.path.abspath(path)), tree, root)


def _explain(path: str, source: Source) -> None:
    from dfguard.knowledge.pack_files import refuse_broken_yaml

    try:
        refuse_broken_yaml(path, source.text)
    except PackError as error:
        raise ConfigError(str(error)) from None


def read_pyproject(path: str, root: str | None = None) -> ConfigFile | None:
    """The `[tool.dfguard]` table of a pyproject.toml; None when there is none. Raises ConfigError for broken TOML."""
    source = _source(path, root)
    if "tool.dfguard" not in source.text:
        return None
    import tomllib

    try:
        table = tomllib.loads(source.text).get("tool", {}).get("dfguard")
    except ValueError as error:
        raise ConfigError(f"{path}:1: not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}:1: not TOML: nested too deeply") from None
    if not isinstance(table, dict):
        return None
    return ConfigFile(path, os.path.dirname(os.path.abspath(path)), _branch(table, source), root)


def _branch(value: Any, source: Source, key: str = "") -> Branch:
    """A TOML table or array as a tree; places are found by the key's first line, TOML readers keep none."""
    found = (
        re.search(rf"^\s*\[*{re.escape(key)}\b|^\s*\"?{re.escape(key)}\"?\s*=", source.text, re.MULTILINE)
        if key
        else None
    )
    place = Place(source, Span(*found.span()) if found else Span(0, 0))
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    items: list[tuple[str, Scalar | Branch]] = []
    for name, item in pairs:
        if isinstance(item, dict | list):
            items.append((str(name), _branch(item, source, str(name))))
        else:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            items.append((str(name), Scalar(text, _branch({}, source, str(name)).place)))
    return Branch(tuple(items), place, isinstance(value, list))


def _source(path: str, root: str | None) -> Source:
    if root is not None and leads_out(path, root):
        raise ConfigError(f"{path}:1: a link that leads out of the repository: it is not read")
    try:
        data = observed.read(path, 1 << 20)[: 1 << 20]
    except OSError as error:
        raise ConfigError(f"{path}:1: cannot be read: {error.strerror or 'not a regular file'}") from None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text") from None
    return Source.decode(path, data)


def layers_for(file: ConfigFile, path: str, *, excludes: bool) -> tuple[Sourced, ...] | None:
    """One layer for each key of the file, then of its overrides whose patterns match the Dockerfile, each with its
    `path:line`; None when the Dockerfile is excluded, which counts only where `excludes`.
    """
    relative = os.path.relpath(os.path.abspath(path), file.folder).replace(os.sep, "/")
    own = [item for item in file.tree.items if item[0] not in ("overrides", "exclude")]
    excluded = _strings(file, "exclude", file.tree.get("exclude"))
    if excludes and any(_matches(pattern, relative) for pattern in excluded):
        return None
    layers = list(_layers(file, Branch(tuple(own), file.tree.place), ""))
    overrides = file.tree.get("overrides")
    if overrides is not None and not (isinstance(overrides, Branch) and overrides.is_sequence):
        raise refusal(file, overrides, "overrides is a list of mappings with `paths` and settings")
    for _, entry in overrides.branches() if isinstance(overrides, Branch) else ():
        paths = _strings(file, "paths", entry.get("paths"))
        if not paths:
            raise refusal(file, entry, "an override needs `paths`, a list of patterns")
        rest = Branch(tuple(i for i in entry.items if i[0] != "paths"), entry.place)
        inner = list(_layers(file, rest, "overrides: "))
        if any(_matches(pattern, relative) for pattern in paths):
            layers += inner
    return tuple(layers)


def _matches(pattern: str, path: str) -> bool:
    cleaned = pattern.removeprefix("./").rstrip("/")
    candidates = [path, *(path[:i] for i, c in enumerate(path) if c == "/")]
    patterns = [cleaned] if "/" in cleaned else [cleaned, f"**/{cleaned}"]
    return any(PathPattern(p).matches(c) for p in patterns for c in candidates)


def _layers(file: ConfigFile, tree: Branch, where: str) -> Iterator[Sourced]:
    for key, node in tree.items:
        read = KEYS.get(key)
        if read is None:
            raise refusal(file, node, f"{where}unknown key {key!r}; allowed: {_listed(KEYS)}")
        yield f"{file.path}:{node.place.line}", read(file, node, key)


def refusal(file: ConfigFile, node: Scalar | Branch, what: str) -> ConfigError:
    """The error that says what is wrong at a node of the file."""
    return ConfigError(f"{file.path}:{node.place.line}: {what}")


def _listed(names: Any) -> str:
    return ", ".join(sorted((*names, "exclude", "overrides")))


def _strings(file: ConfigFile, key: str, node: Scalar | Branch | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if isinstance(node, Scalar):
        return tuple(part.strip() for part in node.value.split(",") if part.strip())
    values = [item.value for _, item in node.items if isinstance(item, Scalar)]
    if not node.is_sequence or len(values) != len(node.items):
        raise refusal(file, node, f"{key} is a list of words")
    return tuple(values)


def _word(file: ConfigFile, node: Scalar | Branch, key: str, allowed: tuple[str, ...] = ()) -> str:
    if not isinstance(node, Scalar) or not node.value:
        raise refusal(file, node, f"{key} is one word")
    if allowed and node.value not in allowed:
        raise refusal(file, node, f"{key} is {node.value!r}; allowed: {', '.join(allowed)}")
    return node.value


def _pairs(
    file: ConfigFile, node: Scalar | Branch, key: str, allowed: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, Branch) or node.is_sequence:
        raise refusal(file, node, f"{key} is a mapping")
    return tuple((name, _word(file, item, f"{key}: {name}", allowed)) for name, item in node.items)


def _read_platform(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    reason = os.path.basename(file.path)
    if isinstance(node, Scalar):
        return {"platform": _word(file, node, key), "platform_reason": reason}
    layer: Layer = {"platform_reason": reason}
    for name, item in node.items:
        match name:
            case "name":
                layer["platform"] = _word(file, item, "platform: name")
            case "volume":
                layer["volume"] = _word(file, item, "platform: volume", VOLUMES)
            case "cached_models":
                layer["cached_models"] = _strings(file, "platform: cached_models", item)
            case "mounts":
                layer["mounts"] = _mounts(file, item)
            case _:
                allowed = "cached_models, mounts, name, volume"
                raise refusal(file, item, f"platform: unknown key {name!r}; allowed: {allowed}")
    return layer


def _mounts(file: ConfigFile, node: Scalar | Branch) -> tuple[str, ...]:
    found = _strings(file, "platform: mounts", node)
    if wrong := next((path for path in found if not path.startswith("/")), None):
        raise refusal(file, node, f"platform: mounts are absolute paths, not {wrong!r}")
    return found


def _read_folders(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    folders = tuple(_inside(file, node, key, p) for p in _strings(file, key, node))
    for folder in folders:
        for inner in _packs_in(folder) if file.root is not None else ():
            _inside(file, node, key, inner)
    return {key: folders}


def _packs_in(folder: str) -> Iterator[str]:
    for kind in ("platforms", "profiles", "tables"):
        inner = os.path.join(folder, kind)
        names = observed.names(inner) if observed.is_folder(inner) else []
        yield from (os.path.join(inner, name) for name in names)


def _read_fail_on(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    from dfguard.config.settings import LEVELS as FAIL_LEVELS

    return {"fail_on": FAIL_LEVELS[_word(file, node, key, tuple(FAIL_LEVELS))]}


def _read_maybe(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    return {"shows_maybe": _word(file, node, key, ("true", "false")) == "true"}


def _read_context(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    return {"context": os.path.normpath(_inside(file, node, key, _word(file, node, key)))}


def _read_build_contexts(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    """Sources are folders and archives, or what has a scheme (`docker-image://`, `https://`, `git@host:`, `target:`)."""
    pairs = _pairs(file, node, key)
    for name, source in pairs:
        if ":" not in source and "$" not in source:
            _inside(file, node, f"{key}: {name}", source)
    return {key: tuple((name.lower(), source) for name, source in pairs)}


def _inside(file: ConfigFile, node: Scalar | Branch, key: str, path: str) -> str:
    """The path that a configuration file names; refused when the file was found and the path leaves its repository."""
    found = os.path.join(file.folder, path)
    if file.root is not None and leads_out(found, file.root):
        what = f"{key} is {path!r}, which leads out of the repository"
        raise refusal(file, node, f"{what}; a file that --config names may do so")
    return found


def _read_severity(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    return {"severities": _pairs(file, node, key, LEVELS)}


def _read_strict_labels(file: ConfigFile, node: Scalar | Branch, key: str) -> Layer:
    return {key: _word(file, node, key, ("true", "false")) == "true"}


KEYS: dict[str, Callable[[ConfigFile, Scalar | Branch, str], Layer]] = {
    "platform": _read_platform,
    "profile": lambda file, node, key: {"profile": _word(file, node, key)},
    "select": lambda file, node, key: {"select": _strings(file, key, node)},
    "ignore": lambda file, node, key: {"ignore": _strings(file, key, node)},
    "severity": _read_severity,
    "packs": _read_folders,
    "context": _read_context,
    "target": lambda file, node, key: {"target": _word(file, node, key)},
    "builder": lambda file, node, key: {"builder": _word(file, node, key, ("buildkit", "legacy"))},
    "build_args": lambda file, node, key: {"build_arguments": _pairs(file, node, key)},
    "build_contexts": _read_build_contexts,
    "fail_on": _read_fail_on,
    "maybe": _read_maybe,
    "trusted_registries": lambda file, node, key: {key: _strings(file, key, node)},
    "label_schema": lambda file, node, key: {key: _pairs(file, node, key, LABEL_KINDS)},
    "strict_labels": _read_strict_labels,
}
