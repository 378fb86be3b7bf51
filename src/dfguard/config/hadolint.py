"""hadolint's configuration file to layers of settings: what it says of rules, registries, labels and the exit code.

Source: hadolint/hadolint README.md (section Configuration) and src/Hadolint/Config/Configfile.hs, 2.15.1. Keys that
say how hadolint prints (`format`, `output-file`, `no-color`, `verbose`) mean nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.config.file import LABEL_KINDS, read_mapping, refusal
from dfguard.config.settings import LEVELS
from dfguard.core.record import Record
from dfguard.knowledge.yaml_tree import Branch, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.config.file import ConfigFile
    from dfguard.config.settings import Layer, Sourced

_SEVERITIES = {"error": "error", "warning": "warning", "info": "info", "style": "info"}
_THRESHOLDS = {**_SEVERITIES, "ignore": "never", "none": "never"}
_PRINTING = frozenset({"format", "output-file", "no-color", "verbose"})


class Converted(Record):
    """What a file comes to: layers with their places, and what was left aside (`path:line: what`)."""

    layers: tuple[Sourced, ...]
    left: tuple[str, ...]


def read_hadolint(path: str, root: str | None = None) -> Converted:
    """The file's layers in its own order; raise ConfigError when it is no YAML mapping or a value is of another kind.

    `root` is the repository in which it was found; None when the user named it.
    """
    file = read_mapping(path, "a configuration file of hadolint is a mapping", root)
    layers: list[Sourced] = []
    left: list[str] = []
    for key, node in file.tree.items:
        where = f"{file.path}:{node.place.line}"
        if key in _PRINTING:
            continue
        found = tuple(_layers(file, key, node, left))
        if not found and key not in ("ignored", "override"):
            left.append(f"{where}: {key}")
        layers += ((where, layer) for layer in found)
    return Converted(tuple(layers), tuple(left))


def _layers(file: ConfigFile, key: str, node: Scalar | Branch, left: list[str]) -> Iterator[Layer]:
    match key:
        case "ignored":
            yield {"ignore": tuple(_rules(file, key, node, left))}
        case "override":
            if not isinstance(node, Branch) or node.is_sequence:
                raise refusal(file, node, "override maps error, warning, info and style to lists of rules")
            for level, names in node.items:
                if level not in _SEVERITIES:
                    raise refusal(file, names, f"override: {level!r}; allowed: {', '.join(_SEVERITIES)}")
                rules = _rules(file, f"override: {level}", names, left)
                yield {"severities": tuple((rule, _SEVERITIES[level]) for rule in rules)}
        case "trustedRegistries":
            yield {"trusted_registries": tuple(_words(file, key, node))}
        case "label-schema":
            yield {"label_schema": tuple(_labels(file, node))}
        case "strict-labels":
            yield {"strict_labels": _word(file, key, node, ("true", "false")) == "true"}
        case "failure-threshold":
            yield {"fail_on": LEVELS[_THRESHOLDS[_word(file, key, node, tuple(_THRESHOLDS))]]}
        case "no-fail":
            if _word(file, key, node, ("true", "false")) == "true":
                yield {"fail_on": None}


def _rules(file: ConfigFile, key: str, node: Scalar | Branch, left: list[str]) -> Iterator[str]:
    """The rules that dfguard has as well; the others are left aside."""
    from dfguard.checks.registry import find

    for name in _words(file, key, node):
        if find(name):
            yield name
        else:
            left.append(f"{file.path}:{node.place.line}: {name} in {key}")


def _labels(file: ConfigFile, node: Scalar | Branch) -> Iterator[tuple[str, str]]:
    if not isinstance(node, Branch) or node.is_sequence:
        raise refusal(file, node, "label-schema maps labels to kinds")
    for name, kind in node.items:
        yield name, _word(file, f"label-schema: {name}", kind, LABEL_KINDS)


def _words(file: ConfigFile, key: str, node: Scalar | Branch) -> Iterator[str]:
    if isinstance(node, Scalar) and not node.value:
        return
    if not isinstance(node, Branch) or not node.is_sequence:
        raise refusal(file, node, f"{key} is a list of words")
    for _, item in node.items:
        if not isinstance(item, Scalar):
            raise refusal(file, item, f"{key} is a list of words")
        yield item.value


def _word(file: ConfigFile, key: str, node: Scalar | Branch, allowed: tuple[str, ...]) -> str:
    value = node.value.lower() if isinstance(node, Scalar) else None
    if value is None or value not in allowed:
        raise refusal(file, node, f"{key} is one of {', '.join(allowed)}")
    return value
