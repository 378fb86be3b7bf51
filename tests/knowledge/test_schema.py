"""The published schemas take the bundled packs and refuse what the reader refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dfguard.knowledge.packs import rules_folder
from dfguard.knowledge.schema import schemas

SCHEMAS = schemas()
FILES = [
    *((path, "platform") for path in sorted(Path(rules_folder(), "platforms").glob("*.yaml"))),
    *((path, "profile") for path in sorted(Path(rules_folder(), "profiles").glob("*.yaml"))),
    *((path, path.stem) for path in sorted(Path(rules_folder(), "tables").glob("*.yaml"))),
]


class _Texts(yaml.SafeLoader):
    """Scalars as the packs mean them: dates and versions are text."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(("timestamp", "float"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize(("path", "name"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_the_bundled_packs_fit_their_schema(path: Path, name: str) -> None:
    document: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_Texts)  # noqa: S506  a safe loader
    errors = [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(document)]
    assert errors == []


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_valid(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_an_unknown_key_does_not_fit() -> None:
    validator = Draft202012Validator(SCHEMAS["platform"])
    entry = {"id": "x", "title": "X", "source": "a", "checked": "2026-11-01", "status": "read"}
    assert list(validator.iter_errors(entry)) == []
    assert len(list(validator.iter_errors({**entry, "tittle": "y"}))) == 1
    assert len(list(validator.iter_errors({**entry, "mounts": [{"path": "/x"}]}))) == 3
    assert len(list(validator.iter_errors({**entry, "checked": "soon"}))) == 1


def test_the_committed_schemas_are_up_to_date() -> None:
    folder = os.path.join(rules_folder(), "schema")
    for name, schema in SCHEMAS.items():
        with open(os.path.join(folder, f"{name}.json"), encoding="utf-8") as file:
            assert json.load(file) == schema, f"run make docs: {name}.json is stale"
