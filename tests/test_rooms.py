"""The rooms of `interp` and `syntax`: small, in order from top to bottom, and without two things of one name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from structure import MODULES, NAME, ROOT, graph

LAYERS = ("interp", "syntax")
MOST_MODULES = 16
ORDERS = {
    "interp": (
        {"build", "runtime"},
        {"shell"},
        {"loads"},
        {"python"},
        {"state"},
        {"filesystem"},
        {"values", "reasons"},
    ),
    "syntax": ({"repair"}, {"embedded"}, {"python", "shell"}, {"suppressions"}, {"dockerfile"}),
}
"""The rooms from the top floor down; those of one floor do not know each other."""
FOLDERS = [
    folder
    for layer in LAYERS
    for folder in (ROOT / layer, *sorted((ROOT / layer).rglob("*")))
    if folder.is_dir() and any(folder.glob("*.py"))
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_room_is_small_and_says_what_goes_in_and_out(folder: Path) -> None:
    assert len([*folder.glob("*.py")]) <= MOST_MODULES
    (start,) = folder.glob("__init__.py")
    said = ast.get_docstring(ast.parse(start.read_text(encoding="utf-8"))) or ""
    assert said.split("\n\n")[0].rstrip().endswith(".")


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_leads_up_from_a_room_annotations_included(layer: str) -> None:
    floors = {room: floor for floor, rooms in enumerate(reversed(ORDERS[layer])) for room in rooms}
    inside = f"{NAME}.{layer}."
    wrong = []
    for name, targets in graph(MODULES, annotations=True).items():
        for target in targets:
            if name.startswith(inside) and target.startswith(inside):
                room, other = (whole.removeprefix(inside).partition(".")[0] for whole in (name, target))
                if (
                    room != other
                    and floors[other] >= floors[room]
                    and not {room, other} <= {"values", "reasons"}
                ):
                    wrong.append((name, target))
    assert wrong == []


@pytest.mark.parametrize("layer", LAYERS)
def test_no_two_modules_of_a_layer_have_one_name(layer: str) -> None:
    places = defaultdict(list)
    for file in sorted((ROOT / layer).rglob("*.py")):
        if file.name != "__init__.py":
            places[file.name].append(str(file.relative_to(ROOT)))
    assert len(places) > 20
    assert [found for found in places.values() if len(found) > 1] == []


def test_no_two_public_classes_have_one_name() -> None:
    places = defaultdict(list)
    for name, tree in MODULES.items():
        if name.split(".")[1:2] and name.split(".")[1] in LAYERS:
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(name)
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
