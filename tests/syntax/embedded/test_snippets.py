"""Python in a Dockerfile: every form is found, maps back to its character, and is what a real shell hands over.

Each case holds the identifier MARK once. Where the shell expands `$X`, X has the value of its placeholder. Every shell
form is read as text for dash and as text for bash, and run by the one or the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Source
from dfguard.syntax import shell
from dfguard.syntax.dockerfile import parser
from dfguard.syntax.embedded import snippets as embedded
from dfguard.syntax.python.program import Form
from recording import SHELLS, Recorder, programs_in

if TYPE_CHECKING:
    from pathlib import Path

    from dfguard.syntax.dockerfile.document import Instruction
    from dfguard.syntax.python.program import Snippet

VARIABLES = {"X": "_X", "YY": "_YY__", "VENV": ".", "V": "3", "PYTHON": "python3"}
BASH = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'

SHELL_FORMS = [
    pytest.param("RUN python -c 'MARK(1)'", id="single quotes"),
    pytest.param('RUN python -c "MARK(1)"', id="double quotes"),
    pytest.param("RUN python -c MARK", id="no quotes"),
    pytest.param(r"RUN python -c MARK\(\'a\ b\'\)", id="escapes outside quotes"),
    pytest.param("RUN python -cMARK", id="code in the same word"),
    pytest.param("RUN python -c'MARK; x'", id="quoted code in the same word"),
    pytest.param("RUN python3 -uc 'MARK'", id="a cluster that ends with c"),
    pytest.param("RUN python3.11 -u -B -c 'MARK'", id="options before"),
    pytest.param("RUN python -W ignore -X dev -c 'MARK'", id="options with words"),
    pytest.param("RUN python -Wignore -Xdev -c 'MARK'", id="options with words, written together"),
    pytest.param("RUN pypy3 -c 'MARK' argument -c other", id="arguments behind, another Python"),
    pytest.param(r'RUN python -c "MARK(\"a\", \\, \$x, \`b\`, \n, \z)"', id="escapes inside double quotes"),
    pytest.param("RUN python -c 'a \"b\" \\n $x `c` MARK'", id="all is literal in single quotes"),
    pytest.param("RUN python -c 'a'\"'\"'MARK'\"'\"", id="quotes of two kinds joined"),
    pytest.param('RUN python -c "print("MARK")"', id="quotes eaten by quotes"),
    pytest.param('RUN python -c "print("MARK there")"', id="quotes eaten, and the word split"),
    pytest.param('RUN python -c "a!b != MARK"', id="an exclamation mark is nothing special"),
    pytest.param("RUN python -c \"p='$X'; q=${YY}; MARK\"", id="variables inside and outside of literals"),
    pytest.param("RUN python -c 'p=\"'$X'\"; MARK'", id="a variable between single-quoted parts"),
    pytest.param('RUN python -c "\\\n  import x; \\\n  MARK\\\n"', id="continued lines"),
    pytest.param(
        "RUN set -e; \\\n# a comment\n  python -c 'a; \\\n# gone\n  MARK'",
        id="comments inside an instruction",
    ),
    pytest.param("RUN --mount=type=cache,target=/x python -c 'MARK'", id="behind flags"),
    pytest.param("RUN true && python -c 'MARK' || false", id="in a list"),
    pytest.param("RUN A=1 B='c d' python -c 'MARK'", id="behind assignments"),
    pytest.param("RUN > /dev/null python -c 'MARK' 2>&1", id="between redirections"),
    pytest.param("RUN ! python -c 'MARK'", id="negated"),
    pytest.param("RUN python -c 'MARK' & wait", id="in the background"),
    pytest.param("RUN x=$(python -c 'MARK') ; echo $x", id="in a substitution"),
    pytest.param('RUN echo "v$(python -c "MARK(\'$X\')")"', id="in a substitution inside quotes"),
    pytest.param("RUN x=`python -c 'MARK'`; echo", id="in backticks"),
    pytest.param('RUN x=`python -c "MARK(\\"\\\\$\\")"`; echo', id="in backticks, with escapes"),
    pytest.param("RUN { python -c 'MARK'; }", id="in braces"),
    pytest.param("RUN (cd / && python -c 'MARK')", id="in a subshell"),
    pytest.param("RUN if python -c 'MARK'; then :; fi", id="as a test"),
    pytest.param("RUN if false; then :; elif true; then python -c 'MARK'; else :; fi", id="behind elif"),
    pytest.param("RUN for i in 1; do python -c 'MARK'; done", id="in for"),
    pytest.param("RUN echo a | while read x; do python -c 'MARK'; done", id="in while"),
    pytest.param("RUN case a in b) ;; a|c) python -c 'MARK';; esac", id="in case"),
    pytest.param("RUN f() { python -c 'MARK'; }; f", id="in a function"),
    pytest.param("RUN echo 'MARK; \"x\"' | python", id="echoed"),
    pytest.param('RUN echo "a\\nMARK" | python -', id="echoed with escapes"),
    pytest.param("RUN printf 'a\\n%s\\tb\\n' MARK c | python3 -u -", id="printed"),
    pytest.param("RUN printf '%s\\n' 'a' 'MARK' | python", id="printed line by line"),
    pytest.param("RUN { echo a; echo MARK; } | python -", id="printed by a group"),
    pytest.param("RUN echo MARK | tee copy.txt | python", id="through tee"),
    pytest.param("RUN sudo -E -u x python -c 'MARK'", id="sudo"),
    pytest.param("RUN env -u Q A=1 B=2 python -c 'MARK'", id="env"),
    pytest.param("RUN exec python -c 'MARK'", id="exec"),
    pytest.param("RUN timeout -k 5 10 python -c 'MARK'", id="timeout"),
    pytest.param("RUN nice -n 5 nohup python -c 'MARK'", id="nice and nohup"),
    pytest.param("RUN gosu user python -c 'MARK'", id="gosu"),
    pytest.param("RUN su-exec user:group python -c 'MARK'", id="su-exec"),
    pytest.param("RUN conda run -n e --no-capture-output python -c 'MARK'", id="conda"),
    pytest.param("RUN micromamba run -p /env python -c 'MARK'", id="micromamba"),
    pytest.param("RUN poetry run python -c 'MARK'", id="poetry"),
    pytest.param("RUN uv run --no-sync --with x python -c 'MARK'", id="uv"),
    pytest.param("RUN pipenv run python -c 'MARK'", id="pipenv"),
    pytest.param("RUN pdm run -p . python -c 'MARK'", id="pdm"),
    pytest.param("RUN rye run python -c 'MARK'", id="rye"),
    pytest.param("RUN hatch -e e run python -c 'MARK'", id="hatch"),
    pytest.param("RUN pixi run -e e python -c 'MARK'", id="pixi"),
    pytest.param("RUN tini -g -- python -c 'MARK'", id="tini"),
    pytest.param("RUN $PYTHON -c 'MARK'", id="Python in a variable"),
    pytest.param("RUN python${V} -c 'MARK'", id="a version in a variable"),
    pytest.param('RUN sh -c \'python -c "MARK(\\"a\\")"\'', id="sh -c"),
    pytest.param("RUN bash -ec \"cd .; python -c 'MARK'\"", id="bash -ec"),
    pytest.param(
        'RUN bash -euxo pipefail -c "python -c \\"p=\'$X\'; MARK(\\\\\\"a\\\\\\")\\""',
        id="bash -c, escapes in escapes",
    ),
    pytest.param("RUN sh -c \"sh -c 'python -c MARK'\"", id="two shells"),
    pytest.param("RUN eval \"python -c 'MARK'\"", id="eval"),
    pytest.param("RUN echo a | xargs -n1 python -c 'MARK'", id="xargs"),
    pytest.param("RUN echo a | xargs sh -c 'python -c MARK'", id="xargs sh -c"),
    pytest.param("RUN find . -maxdepth 0 -exec python -c 'MARK' {} \\;", id="find -exec"),
    pytest.param("RUN python - <<EOF\na\n  MARK($X, '\\$x', \\n)\nEOF", id="a here-document"),
    pytest.param("RUN python - <<'EOF'\n$X \\$ `a` MARK\nEOF", id="a quoted here-document"),
    pytest.param("RUN python <<-EOF\n\tif 1:\n\t\tMARK\n\tEOF", id="a here-document without its tabs"),
    pytest.param("RUN python - a b <<EOF && echo done\nMARK\nEOF", id="a here-document, commands behind"),
    pytest.param("RUN cat <<EOF | python -\nMARK\nEOF", id="cat of a here-document"),
    pytest.param("RUN true <<A && python - <<B\nno\nA\nMARK\nB", id="two here-documents"),
    pytest.param("RUN <<EOF python3\nMARK\nEOF", id="a here-document before the command"),
    pytest.param("RUN <<EOF\nset -e\npython -c 'MARK'\nEOF", id="a script as here-document"),
    pytest.param("RUN <<EOF\npython - <<PY\nMARK\nPY\nEOF", id="a here-document in a here-document"),
    pytest.param(
        "RUN <<EOF\npython -c \"$(cat <<'PY'\na\nMARK\nPY\n)\"\nEOF",
        id="cat of a here-document as an argument",
    ),
    pytest.param("RUN bash <<EOF\npython -c 'MARK'\nEOF", id="a here-document for bash"),
    pytest.param("RUN echo 'python -c MARK' | sh", id="a script through a pipe"),
    pytest.param("HEALTHCHECK --interval=5s CMD python -c 'MARK' || exit 1", id="HEALTHCHECK"),
    pytest.param("CMD python -c 'MARK'", id="CMD"),
    pytest.param("ENTRYPOINT exec python -c 'MARK'", id="ENTRYPOINT"),
    pytest.param("ONBUILD RUN python -c 'MARK'", id="ONBUILD"),
    pytest.param("RUN python -c 'é = \"ü🚀\"; MARK'", id="not ASCII"),
    pytest.param(BASH + "RUN python <<< 'MARK \"x\"'", id="a here-string"),
    pytest.param(BASH + "RUN python <(echo MARK)", id="process substitution"),
    pytest.param(BASH + "RUN python -c $'a\\n\\tMARK(\\'b\\')'", id="ANSI-C quotes"),
    pytest.param(BASH + "RUN if [[ a == a && -n b ]]; then python -c 'MARK'; fi", id="behind [["),
    pytest.param(BASH + "RUN for ((i=0; i<1; i++)); do python -c 'MARK'; done", id="in a counting loop"),
]

EXEC_FORMS = [
    pytest.param('RUN ["python", "-c", "MARK(\\"a\\")\\n\\u0062"]', id="RUN"),
    pytest.param('CMD ["python3", "-u", "-c", "MARK $X"]', id="CMD"),
    pytest.param('ENTRYPOINT ["tini", "--", "python", "-c", "MARK"]', id="ENTRYPOINT behind tini"),
    pytest.param('CMD ["sh", "-c", "python -c \\"MARK(\'$X\')\\""]', id="a shell in the exec form"),
    pytest.param(
        'RUN ["/bin/bash", "-c", "python - <<EOF\\nMARK\\nEOF\\n"]', id="a here-document in the exec form"
    ),
    pytest.param('HEALTHCHECK CMD ["python", "-c", "MARK"]', id="HEALTHCHECK"),
    pytest.param('ONBUILD CMD ["python", "-c", "MARK"]', id="ONBUILD"),
]

FOR_BASH = [
    pytest.param(BASH + text, id=f"{case.id}, for bash")
    for case in SHELL_FORMS
    if not (text := str(case.values[0])).startswith("SHELL")
]
"""The same text where bash reads it: its echo, for one, leaves `\\n` alone."""

GENERATED = [
    pytest.param("RUN cat > gen.py <<EOF\na = '$X'\nMARK\nEOF", id="cat"),
    pytest.param("RUN cat <<'EOF' > gen.py\na = '$X'\nMARK\nEOF", id="cat, redirected behind"),
    pytest.param("RUN tee gen.py <<EOF\nMARK\nEOF", id="tee"),
    pytest.param("RUN echo 'import a\\nMARK' > gen.py", id="echo"),
    pytest.param("RUN printf 'import a\\n%s\\n' MARK > gen.py", id="printf"),
    pytest.param("RUN { echo 'import a'; echo 'MARK'; } > gen.py", id="a group"),
    pytest.param("RUN <<EOF cat > gen.py\nMARK\nEOF", id="a here-document before the command"),
    pytest.param("RUN echo MARK | tee gen.py > /dev/null", id="echo through tee"),
    pytest.param(BASH + "RUN echo -e 'import a\\nMARK' > gen.py", id="echo -e of bash"),
]

NOT_RUN = [
    pytest.param("COPY <<EOF /app/x.py\na = '$X' \\$b 'c'\nMARK\nEOF", "a = '_X' $b 'c'\nMARK\n", id="COPY"),
    pytest.param("COPY <<-'EOF' /app/\n\ta = '$X'\n\tMARK\nEOF", None, id="COPY of something else"),
    pytest.param("COPY <<'x.py' /app/\n$X\nMARK\nx.py", "$X\nMARK\n", id="COPY named by its delimiter"),
    pytest.param(
        "COPY <<EOF /app/run\n#!/usr/bin/env python3\nMARK\nEOF",
        "#!/usr/bin/env python3\nMARK\n",
        id="COPY with #!",
    ),
    pytest.param("ONBUILD COPY <<EOF /x.py\nMARK\nEOF", "MARK\n", id="ONBUILD COPY"),
    pytest.param(
        "RUN <<EOF\n#!/usr/bin/env python3\nMARK $X\nEOF", "#!/usr/bin/env python3\nMARK $X\n", id="a #! line"
    ),
    pytest.param('SHELL ["python3", "-c"]\nRUN MARK(1); \\\n  x', "MARK(1);   x", id="SHELL is Python"),
]


def _instructions(text: str) -> list[tuple[Instruction, tuple[str, ...]]]:
    """The instructions, each with the SHELL that holds there."""
    found = []
    words: tuple[str, ...] = ("/bin/sh", "-c")
    for instruction in parser.parse(Source("Dockerfile", text)).instructions:
        if instruction.keyword == "SHELL":
            words = tuple(argument.value for argument in instruction.arguments)
        found.append((instruction, words))
    return found


def _marked(text: str) -> list[Snippet]:
    snippets: list[Snippet] = []
    for instruction, words in _instructions(text):
        script = shell.run_script(instruction, words)
        snippets += embedded.snippets_of_instruction(instruction, script)
    return [snippet for snippet in snippets if "MARK" in snippet.code.value]


def _check_place(text: str, snippet: Snippet) -> None:
    source = snippet.code.source
    at = snippet.code.value.index("MARK")
    place = snippet.code.place(at, at + 4)
    before = text[: text.index("MARK")]
    assert source.position(place.span.start) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert place.text == "MARK"
    for start, end in snippet.holes:
        assert snippet.code.value[start:end].isidentifier()


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return programs_in(tmp_path_factory.mktemp("bin"))


def _real(tmp_path: Path, programs: Path, text: str) -> Recorder:
    """What happens when Docker's shells run the file."""
    recorder = Recorder(tmp_path, programs)
    for instruction, words in _instructions(text):
        script = shell.run_script(instruction, words)
        if script is None:
            continue
        command = instruction.trigger or instruction
        if command.is_json:
            skipped = 1 if command.keyword == "HEALTHCHECK" else 0
            recorder.run([argument.value for argument in command.arguments[skipped:]], VARIABLES)
        else:
            program = "dash" if words[0] == "/bin/sh" else words[0]
            recorder.run([program, *words[1:], script.text.value], VARIABLES)
    return recorder


@pytest.mark.skipif(set(SHELLS) != {"dash", "bash"}, reason="needs dash and bash")
@pytest.mark.parametrize("text", [*SHELL_FORMS, *EXEC_FORMS, *FOR_BASH])
def test_every_call_is_found_at_its_place_with_the_text_the_shell_hands_over(
    text: str, tmp_path: Path, programs: Path
) -> None:
    (snippet,) = _marked(text)
    _check_place(text, snippet)
    recorded = _real(tmp_path, programs, text).programs()
    handed = [program for program in recorded if "MARK" in program]
    assert [snippet.code.value] == handed[:1]


@pytest.mark.skipif(set(SHELLS) != {"dash", "bash"}, reason="needs dash and bash")
@pytest.mark.parametrize("text", GENERATED)
def test_every_generated_file_is_found_with_what_the_shell_writes(
    text: str, tmp_path: Path, programs: Path
) -> None:
    (snippet,) = _marked(text)
    _check_place(text, snippet)
    assert snippet.form is Form.GENERATED
    assert snippet.code.value == _real(tmp_path, programs, text).file("gen.py")


@pytest.mark.parametrize(("text", "code"), NOT_RUN)
def test_python_that_no_shell_touches_is_found(text: str, code: str | None) -> None:
    found = _marked(text)
    assert [snippet.code.value for snippet in found] == ([] if code is None else [code])
    for snippet in found:
        _check_place(text, snippet)


def _whole_file() -> tuple[str, tuple[str, ...]]:
    """One Dockerfile with every form that holds Python, each with a marker of its own."""
    cases = [*SHELL_FORMS, *EXEC_FORMS, *FOR_BASH, *GENERATED, *(case for case in NOT_RUN if case.values[1])]
    parts, markers = ["FROM python:3.12"], []
    for number, case in enumerate(cases):
        text = str(case.values[0])
        markers.append(f"MARK{number:03}")
        shell_words = "" if text.startswith("SHELL") else 'SHELL ["/bin/sh", "-c"]\n'
        parts.append(shell_words + text.replace("MARK", markers[-1]))
    return "\n".join(parts) + "\n", tuple(markers)


def test_every_marker_of_one_file_maps_back_to_its_line_and_column() -> None:
    text, markers = _whole_file()
    found: dict[str, list[tuple[int, int]]] = {}
    for instruction, words in _instructions(text):
        script = shell.run_script(instruction, words)
        for snippet in embedded.snippets_of_instruction(instruction, script):
            for hit in re.finditer(r"MARK\d{3}", snippet.code.value):
                place = snippet.code.place(hit.start(), hit.end())
                assert place.text == hit[0]
                found.setdefault(hit[0], []).append(place.source.position(place.span.start))
    expected = {
        marker: [(text[: (at := text.index(marker))].count("\n") + 1, at - text.rfind("\n", 0, at))]
        for marker in markers
    }
    print(f"{sum(found.get(m) == expected[m] for m in markers)} of {len(markers)} markers")  # noqa: T201
    assert found == expected
    assert len(markers) >= 60


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN python x.py <<EOF\nMARK\nEOF", id="standard input of a file"),
        pytest.param("RUN python -m x -c MARK", id="arguments of a module"),
        pytest.param("RUN python x.py -c MARK", id="arguments of a file"),
        pytest.param("RUN echo python -c MARK", id="only printed"),
        pytest.param("RUN python-config -c MARK", id="another program"),
        pytest.param("RUN echo MARK | sed s/a/b/ | python", id="changed on the way"),
        pytest.param("RUN cat x - | python <<EOF > y\nEOF", id="an unknown file first"),
        pytest.param('RUN python -c "$X"', id="nothing but a variable"),
        pytest.param("RUN echo MARK | xargs -I{} python -c 'MARK {}'", id="code that xargs fills in"),
        pytest.param("RUN python --version -c MARK", id="only the version is printed"),
        pytest.param(
            "RUN echo 'def f():' > x.py && echo ' MARK' >> x.py", id="a file other commands append to"
        ),
        pytest.param("RUN echo MARK > x.txt", id="no Python file"),
    ],
)
def test_what_is_not_python_or_not_known_is_left_alone(text: str) -> None:
    assert _marked(text) == []
