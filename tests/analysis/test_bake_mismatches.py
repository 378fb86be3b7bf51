"""How a preload and its reader miss each other: what counts as laid flat, and what a request may leave out."""

import pytest

from dfguard.analysis.models.bake_mismatches import is_flat
from dfguard.core.source import Source, Span
from dfguard.interp.loads.load import may_be_empty
from dfguard.interp.python.evaluation import ProgramScope
from dfguard.interp.state.model import Load, Moment
from dfguard.interp.values import Known
from pythonic import program_of

PLACE = Source("f", "x").text_of(Span(0, 1)).place()


def load(directory: str, *, is_local: bool = False) -> Load:
    """A load of one model with that directory."""
    return Load(
        "l",
        "huggingface_hub",
        Known("org/model"),
        "hub",
        Known(directory),
        PLACE,
        Moment.BUILD,
        downloads=True,
        reads=True,
        is_local_directory=is_local,
    )


@pytest.mark.parametrize(
    ("folder", "root", "is_inside"),
    [
        pytest.param("/models/hub", "/models/hub", True, id="at the cache"),
        pytest.param("/models/hub/x", "/models/hub", True, id="in the cache"),
        pytest.param("/models", "/models/hub", True, id="at HF_HOME"),
        pytest.param("/models/x", "/models/hub", False, id="beside the cache"),
        pytest.param("/models/hub2", "/models/hub", False, id="another name that begins alike"),
    ],
)
def test_a_copy_is_flat_where_the_cache_is(folder: str, root: str, *, is_inside: bool) -> None:
    assert is_flat(load(folder, is_local=True), load(root)) is is_inside


def test_what_is_not_laid_out_by_local_dir_is_never_flat() -> None:
    assert not is_flat(load("/models/hub"), load("/models/hub"))


@pytest.mark.parametrize(
    ("argument", "is_optional"),
    [
        pytest.param("''", True, id="empty"),
        pytest.param("None", True, id="none"),
        pytest.param("job.get('text')", True, id="get without default"),
        pytest.param("job.get('text', '').strip()", True, id="get with an empty default, tidied"),
        pytest.param("job.get('text') or ''", True, id="or empty"),
        pytest.param("job.get('text', 'hello')", False, id="get with a default"),
        pytest.param("job['text']", False, id="a key that must be there"),
        pytest.param("'hello'", False, id="text"),
    ],
)
def test_an_argument_may_be_empty_when_a_request_may_leave_it_out(
    argument: str, *, is_optional: bool
) -> None:
    program = program_of(f"import m\ndef handler(job):\n    m.infer({argument})\n")
    call = next(call for call in program.calls if call.name == "m.infer")
    found = may_be_empty(call.argument(0), call, program, ProgramScope(lambda _name: None))
    assert found is is_optional
