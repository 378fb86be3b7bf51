"""COPY and ADD: what each source names, what is proven missing, what is said of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.record import replace
from dfguard.disk import InMemoryContext
from dfguard.interp.filesystem.entries import Presence
from dfguard.knowledge.images import KnownPath
from paper import image, played, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfguard.interp.state.model import BuildState, CopySource, StageTrace

PRESENT, MAYBE, ABSENT = Presence.PRESENT, Presence.MAYBE, Presence.ABSENT
FILES = {
    "app.py": "print()\n",
    "src/main.py": "import x\n",
    "src/data/a.bin": "",
    "notes.md": "",
    ".dockerignore": "*.md\nsecret\n",
    "secret/key": "",
}


def traces(text: str, files: Mapping[str, str] = FILES) -> tuple[StageTrace, ...]:
    programs = tuple(KnownPath(f"/bin/{name}", "file", mode=0o755) for name in ("mkdir", "touch", "make"))
    known = image("busy", top_level=("bin", "etc", "tmp"))
    full = image("full", {"PATH": "/bin"}, is_complete=True, paths=programs)
    where = world(known, full, context=files)
    return played(text, where)


def final(text: str, files: Mapping[str, str] = FILES) -> BuildState:
    return traces(text, files)[-1].final


def copies(text: str, files: Mapping[str, str] = FILES) -> list[CopySource]:
    return [copy for trace in traces(text, files) for step in trace.steps for copy in step.effects.copies]


@pytest.mark.parametrize(
    ("line", "is_missing", "matched"),
    [
        pytest.param("COPY app.py /x", False, ("app.py",), id="literal"),
        pytest.param("COPY gone.py /x", True, (), id="literal not in the context"),
        pytest.param("COPY notes.md /x", True, (), id="kept out by .dockerignore"),
        pytest.param("COPY secret/key /x", True, (), id="its folder is kept out"),
        pytest.param("COPY ../app.py /x", False, ("app.py",), id="dots stop at the context root"),
        pytest.param("COPY /app.py /x", False, ("app.py",), id="a leading slash is the context root"),
        pytest.param("COPY *.py /x/", False, ("app.py",), id="pattern"),
        pytest.param(
            "COPY gone* /x/", False, (), id="a pattern at the root that matches nothing is no fault"
        ),
        pytest.param("COPY gone/* /x/", True, (), id="the folder before a pattern is missing"),
        pytest.param(
            "COPY src/*.none /x/", None, (), id="whether an unmatched folder is sent depends on others"
        ),
        pytest.param("COPY ${NAME} /x", None, (), id="not known"),
        pytest.param("COPY $FILE /x", False, ("app.py",), id="expanded"),
        pytest.param("COPY --parents src/./data/a.bin /x/", False, ("src/data/a.bin",), id="pivot"),
        pytest.param("COPY --parents src/./gone /x/", True, (), id="missing behind the pivot"),
        pytest.param("COPY --from=other app.py /x", None, (), id="nothing is known of a named context"),
        pytest.param("ADD https://example.com/a.bin /x", None, (), id="remote"),
    ],
)
def test_what_a_source_names(line: str, is_missing: bool | None, matched: tuple[str, ...]) -> None:  # noqa: FBT001
    (copy,) = copies(f"FROM unknown\nENV FILE=app.py\nARG NAME\n{line}\n")
    assert (copy.is_missing, copy.matched) == (is_missing, matched)


def test_the_line_that_keeps_a_source_out_is_named() -> None:
    (copy,) = copies("FROM full\nCOPY notes.md /x\n")
    assert copy.ignored_by is not None
    assert (copy.ignored_by.path, copy.ignored_by.line, copy.ignored_by.text) == (".dockerignore", 1, "*.md")


def test_the_place_of_a_source_is_its_word() -> None:
    (first, second) = copies("FROM full\nCOPY app.py src /x/\n")
    assert [first.place.text, second.place.text] == ["app.py", "src"]
    assert (first.destination, second.destination) == ("/x", "/x")


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        pytest.param("full", "/out/gone", True, id="a stage of which everything is known"),
        pytest.param("full", "/out/there", False, id="made by the stage"),
        pytest.param("unknown", "/out/gone", None, id="the base image may hold it"),
        pytest.param("busy", "/out/gone", True, id="below a top-level directory the image does not have"),
        pytest.param("busy", "/etc/gone", None, id="below one it has"),
    ],
)
def test_a_path_that_the_stage_surely_lacks(base: str, path: str, expected: bool | None) -> None:  # noqa: FBT001
    text = f"FROM {base} AS build\nRUN mkdir -p /out && touch /out/there\nFROM scratch\nCOPY --from=build {path} /x\n"
    (copy,) = copies(text)
    assert (copy.origin, copy.is_missing) == ("build", expected)


def test_an_unknown_command_may_have_made_what_is_copied() -> None:
    text = "FROM full AS build\nWORKDIR /src\nRUN make\nFROM scratch\nCOPY --from=build /src/app /x\n"
    (copy,) = copies(text)
    assert copy.is_missing is None


def test_a_copied_file_keeps_its_content_and_where_it_stands() -> None:
    entry = final("FROM full\nWORKDIR /srv\nCOPY src .\n").files.look("/srv/main.py")
    assert entry.content is not None
    assert (entry.content.value, entry.content.source.path) == ("import x\n", "src/main.py")
    assert entry.context_path == "src/main.py"


def test_a_heredoc_keeps_the_origin_of_each_character() -> None:
    text = "FROM full\nENV WHO=you\nCOPY <<-EOF /x.sh\n\techo $WHO # here\n\tEOF\n"
    content = final(text).files.look("/x.sh").content
    assert content is not None
    assert content.value == "echo you # here\n"
    assert content.place(9, 15).text == "# here"


def test_a_write_remembers_the_bindings_of_its_path() -> None:
    trace = traces("FROM full\nENV ROOT=/data\nWORKDIR $ROOT/app\nCOPY app.py models/\n")[-1]
    (write,) = trace.steps[-1].effects.writes
    assert (write.path, write.tool, write.place.text) == ("/data/app/models/app.py", "COPY", "models/")
    assert [binding.name for binding in write.because][:1] == ["ROOT"]


def test_an_unknown_destination_makes_nothing_certain_and_poisons_little() -> None:
    state = final("FROM full\nARG TO\nRUN mkdir /kept && touch /kept/f\nCOPY app.py /opt/$TO/\n")
    looks = [state.files.look(path).presence for path in ("/kept/f", "/kept/g", "/opt/x/app.py")]
    assert looks == [PRESENT, ABSENT, MAYBE]


@pytest.mark.parametrize(("source", "is_known"), [("gone.yaml", True), ("gone", False)])
def test_a_missing_file_leaves_the_others_known(source: str, is_known: bool) -> None:  # noqa: FBT001
    files = final(f"FROM full\nWORKDIR /srv\nCOPY app.py ./\nCOPY {source} ./\n").files
    assert (files.look("/srv/app.py").content is not None) is is_known
    assert (files.look("/srv/gone.yaml").presence, files.look("/srv").presence) == (MAYBE, PRESENT)


def test_a_missing_file_makes_the_folder_it_would_be_in() -> None:
    files = final("FROM full\nWORKDIR /srv\nCOPY gone.yaml models/\n").files
    looks = [files.look(f"/srv/models{name}").presence for name in ("", "/gone.yaml", "/other.yaml")]
    assert looks == [PRESENT, MAYBE, ABSENT]


def test_what_a_missing_source_would_have_made_is_maybe() -> None:
    files = final("FROM full\nCOPY gone.py /app/gone.py\n").files
    assert [files.look(path).presence for path in ("/app/gone.py", "/app")] == [MAYBE, PRESENT]


def test_a_file_onto_what_may_be_a_directory_of_the_base_image() -> None:
    files = final("FROM unknown\nCOPY app.py /app\nCOPY app.py /usr/local/bin\n").files
    assert files.look("/app").presence is PRESENT
    assert files.look("/app/app.py").presence is MAYBE
    assert files.look("/usr/local/bin/app.py").presence is PRESENT


def test_chown_by_a_name_that_the_base_image_may_know() -> None:
    text = "FROM unknown\nRUN useradd -u 1234 app\nCOPY --chown=app app.py /x/\nCOPY --chown=who app.py /y/\n"
    files = final(text).files
    assert [files.look(path).owner for path in ("/x/app.py", "/y/app.py")] == ["1234:1234", "who:who"]


def test_the_context_is_asked_for_no_more_than_a_copy_needs() -> None:
    class Counting(InMemoryContext):
        scanned = 0

        def children(self, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
            self.scanned += 1
            return super().children(path)

    context = Counting({f"d{i}/f{j}": "" for i in range(500) for j in range(40)} | {"app.py": ""})
    where = replace(world(image("full", is_complete=True)), context=context)
    trace = played("FROM full\nCOPY . /app\nCOPY app.py /\nCOPY *.py /x/\n", where)[-1]
    assert context.scanned < 70
    assert trace.final.files.look("/app/d499/f39").presence is PRESENT
    assert trace.final.files.look("/app/d499/f40").presence is ABSENT
