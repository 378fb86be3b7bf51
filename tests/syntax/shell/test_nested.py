"""Commands that run shell text: which script it is, and what the outer shell puts into it."""

from __future__ import annotations

import pytest

from dfguard.syntax import shell
from dfguard.syntax.shell import nodes
from dfguard.syntax.shell.visitor import nodes_of
from marked import unmark
from outlines import outline, parsed


def _scripts(text: str) -> list[nodes.Script]:
    """The scripts of the commands of a script, not of the scripts in them."""
    found = []
    for met in nodes_of(parsed(text, nodes.Dialect.POSIX), is_nested=False):
        if isinstance(met.node, nodes.Command):
            script = shell.nested_script(
                met.node, dialect=met.dialect, pipe_from=met.pipe_from, depth=met.depth
            )
            found += [script] if script else []
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("sh -c 'a; b'", ["{[a] [b]}"], id="sh -c"),
        pytest.param("/bin/bash -lc \"a 'b'\" name x", ["{[a 'b']}"], id="bash -lc"),
        pytest.param("bash -euxo pipefail -c 'a'", ["{[a]}"], id="options before"),
        pytest.param("bash -o pipefail -c -e 'a'", ["{[a]}"], id="options between"),
        pytest.param("sudo -u x env A=1 sh -ec 'a'", ["{[a]}"], id="behind wrappers"),
        pytest.param("su -c 'a' user; su - user -c 'b'; su -lc c", ["{[a]}", "{[b]}", "{[c]}"], id="su"),
        pytest.param("runuser -l user -c 'a'", ["{[a]}"], id="runuser"),
        pytest.param("eval 'a b' c", ["{[a b c]}"], id="eval"),
        pytest.param("script -qc 'no'; script -c 'a' /dev/null", ["{[a]}"], id="script"),
        pytest.param("scl enable x y 'a b'; scl enable x -- a", ["{[a b]}"], id="scl"),
        pytest.param("find . -exec sh -c 'a' {} \\;", ["{[a]}"], id="find"),
        pytest.param("xargs sh -c 'a'", ["{[a]}"], id="xargs"),
        pytest.param("bash <<E\na\nE", ["{[a]}"], id="a here-document"),
        pytest.param("sh -s x <<'E'\na $X\nE", ["{[a $X]}"], id="a quoted here-document"),
        pytest.param("cat <<E | sh\na\nE", ["{[a]}"], id="a pipe"),
        pytest.param("echo 'a; b' | bash -e", ["{[a] [b]}"], id="echo"),
        pytest.param("curl x | sh", [], id="an unknown text"),
        pytest.param("sh x.sh -c a", [], id="a file"),
        pytest.param("sh", [], id="nothing"),
        pytest.param("python -c a; zshx -c a", [], id="no shell"),
        pytest.param('sh -c "$X"', ["{[\U00100000]}"], id="nothing but a variable"),
    ],
)
def test_the_text_a_shell_is_given_is_a_script(text: str, expected: list[str]) -> None:
    assert [outline(script.body) for script in _scripts(text)] == expected


def _parts(word: nodes.Word) -> list[tuple[str, bool]]:
    return [
        (part.text.value if isinstance(part, nodes.Literal) else getattr(part, "name", "()"), part.is_quoted)
        for part in word.parts
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("sh -c \"a '$X'\"", [("X", True)], id="the outer shell looks into inner single quotes"),
        pytest.param('sh -c "a $X/b"', [("X", False), ("/b", False)], id="outside inner quotes"),
        pytest.param("sh -c 'a \"$X\"'", [("X", True)], id="expanded by the inner shell"),
        pytest.param('sh -c "a \\$X"', [("X", False)], id="expanded by the inner shell, escaped"),
        pytest.param("sh -c \"a '\\$X'\"", [("$X", True)], id="expanded by neither"),
        pytest.param('sh -c "a $(b)c"', [("()", False), ("c", False)], id="a substitution"),
        pytest.param('eval "a $X"', [("X", False)], id="eval"),
        pytest.param("sh <<E\na '$X'\nE", [("X", True)], id="a here-document"),
    ],
)
def test_what_the_outer_shell_expands_stands_in_its_place(text: str, parts: list[tuple[str, bool]]) -> None:
    (script,) = _scripts(text)
    assert isinstance(script.body, nodes.Sequence)
    (command,) = script.body.items
    assert isinstance(command, nodes.Command)
    assert _parts(command.words[1]) == parts


def test_inner_nodes_stand_where_they_are_written() -> None:
    text, (inner, word, deepest) = unmark('sh -c "«a \\"«$X»\\"» && sh -c \'«b c»\'"')
    spans = {(met.node.span.start, met.node.span.end) for met in nodes_of(parsed(text))}
    assert {inner, deepest} <= spans
    (script,) = _scripts(text)
    parts = [
        part
        for met in nodes_of(script)
        if isinstance(met.node, nodes.Command)
        for each in met.node.words
        for part in each.parts
    ]
    assert [(p.span.start, p.span.end) for p in parts if isinstance(p, nodes.Parameter)] == [word]


def test_shells_in_shells_end_at_some_depth() -> None:
    text = "eval " * 10 + "a"
    script: nodes.Script | None = parsed(text)
    depths = []
    while script:
        depths.append(script.depth)
        assert isinstance(script.body, nodes.Sequence)
        (command,) = script.body.items
        assert isinstance(command, nodes.Command)
        script = shell.nested_script(command, depth=script.depth)
    assert depths == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "options", "code", "file", "arguments"),
    [
        pytest.param("bash -eu -o pipefail --norc -c 'a' n x", {"e", "u", "pipefail", "norc", "c"}, "'a'", None, ["n", "x"], id="code"),
        pytest.param("sh -x x.sh a", {"x"}, None, "x.sh", ["a"], id="file"),
        pytest.param("bash --rcfile r -l", {"rcfile", "l"}, None, None, [], id="standard input"),
        pytest.param("sh -s a", {"s"}, None, None, ["a"], id="standard input with arguments"),
        pytest.param("sudo bash -- -x", set(), None, "-x", [], id="the end of options"),
    ],
)  # fmt: skip
def test_a_call_of_a_shell_is_read(
    text: str, options: set[str], code: str | None, file: str | None, arguments: list[str]
) -> None:
    body = parsed(text).body
    assert isinstance(body, nodes.Sequence)
    (command,) = body.items
    assert isinstance(command, nodes.Command)
    call = shell.shell_call(command.words)
    assert call is not None
    assert call.options == options
    assert (call.code and call.code.raw.value, call.file and call.file.raw.value) == (code, file)
    assert [word.raw.value for word in call.arguments] == arguments


@pytest.mark.parametrize(
    ("words", "dialect"),
    [
        pytest.param(["/bin/sh", "-c"], nodes.Dialect.POSIX, id="sh"),
        pytest.param(["/bin/bash", "-o", "pipefail", "-c"], nodes.Dialect.BASH, id="bash"),
        pytest.param(["/usr/bin/env", "-S", "bash", "-e"], nodes.Dialect.BASH, id="env"),
        pytest.param(["conda", "run", "-n", "e", "/bin/bash", "-c"], nodes.Dialect.BASH, id="conda"),
        pytest.param(["/busybox/sh"], nodes.Dialect.POSIX, id="busybox"),
        pytest.param(["powershell", "-Command"], nodes.Dialect.OTHER, id="PowerShell"),
        pytest.param(["C:\\Windows\\bash.exe", "-c"], nodes.Dialect.BASH, id="a Windows path"),
        pytest.param(["cmd", "/S", "/C"], nodes.Dialect.OTHER, id="cmd"),
        pytest.param([], nodes.Dialect.OTHER, id="nothing"),
    ],
)
def test_a_shell_speaks_a_dialect(words: list[str], dialect: nodes.Dialect) -> None:
    assert shell.dialect_of(words) is dialect
