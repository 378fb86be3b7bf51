"""No two modules lead to each other, whichever way they are imported: at the top, inside a function, by name, for annotations."""

from __future__ import annotations

import ast

import pytest

from structure import BY_NAME, MODULES, circles, graph, loads_by_name

BUNDLE = {"dfguard.bundle", "dfguard.bundling"}
"""They stand for Python's own import, and load what anybody asks for."""


@pytest.mark.parametrize("annotations", [False, True], ids=["at run time", "annotations included"])
def test_no_module_leads_back_to_itself(*, annotations: bool) -> None:
    arrows = graph(MODULES, annotations=annotations)
    assert len(arrows) > 100
    assert sum(map(len, arrows.values())) > 1_000
    assert circles(arrows) == []


@pytest.mark.parametrize(
    ("texts", "annotations", "expected"),
    [
        pytest.param({"a": "import b", "b": "import a"}, False, [["a", "b"]], id="at the top"),
        pytest.param(
            {"a": "import b", "b": "def f():\n    import a"}, False, [["a", "b"]], id="inside a function"
        ),
        pytest.param(
            {"a": "import b", "b": "if TYPE_CHECKING:\n    import a"}, False, [], id="annotations are not run"
        ),
        pytest.param(
            {"a": "import b", "b": "if TYPE_CHECKING:\n    import a"},
            True,
            [["a", "b"]],
            id="annotations count",
        ),
        pytest.param(
            {"a": "import b", "b": "if TYPE_CHECKING:\n    import c\nelse:\n    import a", "c": ""},
            False,
            [["a", "b"]],
            id="what runs instead",
        ),
        pytest.param(
            {"a": "import b", "b": "import c", "c": "import a"}, False, [["a", "b", "c"]], id="of three"
        ),
        pytest.param(
            {"a": "import b\nimport c", "b": "import c", "c": ""}, False, [], id="a diamond is none"
        ),
    ],
)
def test_a_circle_is_seen(texts: dict[str, str], *, annotations: bool, expected: list[list[str]]) -> None:
    modules = {name: ast.parse(text) for name, text in texts.items()}
    assert circles(graph(modules, annotations=annotations)) == expected


def test_what_is_imported_by_name_is_known() -> None:
    assert {name for name, tree in MODULES.items() if loads_by_name(tree)} == BY_NAME.keys() | BUNDLE
    assert all(set(names) <= MODULES.keys() and len(set(names)) > 1 for names in BY_NAME.values())
