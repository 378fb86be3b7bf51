"""Modules that a server imports by a name in a text; guillemets enclose the text."""

from __future__ import annotations

import pytest

from dfguard.core.source import Span
from marked import unmark
from pythonic import program_of


@pytest.mark.parametrize(
    ("marked", "module"),
    [
        pytest.param("import uvicorn\nuvicorn.run(«'app.main:api'», port=1)", "app.main", id="run"),
        pytest.param("from uvicorn import run\nrun(«app='server:a.b'»)", "server", id="keyword"),
        pytest.param("import uvicorn\nc = uvicorn.Config(«'server:app'»)", "server", id="config"),
        pytest.param(
            "import uvicorn\nNAME = 'server:app'\nuvicorn.run(«NAME»)", "server", id="through a variable"
        ),
    ],
)
def test_the_module_is_imported_at_the_call(marked: str, module: str) -> None:
    code, (span,) = unmark(marked)
    (found,) = (one for one in program_of(code).imports if one.module != "uvicorn")
    assert (found.module, found.name, found.span) == (module, None, Span(*span))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import uvicorn\nuvicorn.run(app)", id="an object"),
        pytest.param("import uvicorn\nuvicorn.run('server')", id="no attribute"),
        pytest.param("import uvicorn\nuvicorn.run('server:app', app_dir='src')", id="another directory"),
        pytest.param("import uvicorn, os\nuvicorn.run(os.environ['APP'])", id="not known"),
        pytest.param("from mine import run\nrun('server:app')", id="another function"),
    ],
)
def test_what_names_no_module(code: str) -> None:
    assert {one.module for one in program_of(code).imports} <= {"uvicorn", "os", "mine"}


def test_the_module_belongs_to_the_branch_of_its_call() -> None:
    code = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('server:app')\n"
    assert [one.is_main for one in program_of(code).imports] == [None, True]
