"""Shell scripts to nodes: what is inside what, and where it stands."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.syntax.shell import nodes
from dfguard.syntax.shell.visitor import nodes_of
from marked import unmark
from outlines import outline, parsed

CASES = [
    pytest.param("", "{}", id="nothing"),
    pytest.param("  # only a comment\n\n", "{}", id="a comment"),
    pytest.param("a b 'c d' # e\nf", "{[a b 'c d'] [f]}", id="commands"),
    pytest.param("a;b;\n\nc", "{[a] [b] [c]}", id="separators"),
    pytest.param("a && b || c\n&& d", "{(|| (&& [a] [b]) [c]) (opaque a syntax error)}", id="a list begun by an operator"),
    pytest.param("a &&\n\n b ||\n# x\nc", "{(|| (&& [a] [b]) [c])}", id="a list over lines"),
    pytest.param("a \\\n  && b\\\n c\\\n\td", "{(&& [a] [b c d])}", id="continued lines"),
    pytest.param("a | b |& c", "{(| [a] [b] [c])}", id="a pipeline"),
    pytest.param("! a | b && ! c && ! ! d", "{(&& (&& (!| [a] [b]) (! [c])) [d])}", id="negation"),
    pytest.param("a & b && c & d", "{(& [a]) (& (&& [b] [c])) [d]}", id="background"),
    pytest.param("A=1 B+=2 C= d e=f", "{[A=1 B+=2 C= d e=f]}", id="assignments"),
    pytest.param("A=(1 'b c' # x\n $D) e", "{[A=(1 'b c' $D) e]}", id="an array"),
    pytest.param("export A=1 B -n; local c; declare -x D=2", "{[A=1 B export -n] [c local] [D=2 declare -x]}", id="declarations"),
    pytest.param("a >b 2>&1 <c >>d 3<>e >|f &>g &>>h 10>i", "{[a >b 2>&1 <c >>d 3<>e >|f &>g &>>h 10>i]}", id="redirections"),
    pytest.param(">a b c2>d e; >f", "{[b c2 e >a >d] [>f]}", id="redirections anywhere"),
    pytest.param("a <<<'b c' <&- >&2", "{[a <<<'b c' <&- >&2]}", id="here-string and descriptors"),
    pytest.param("a <<E b\nx\nE\nc", "{[a b <<E'x\\n'] [c]}", id="a here-document"),
    pytest.param("a <<-'E' | b <<F\n\tx\n\tE\ny\nF\nc", "{(| [a <<-'E''x\\n'] [b <<F'y\\n']) [c]}", id="two here-documents"),
    pytest.param("a <<E\nx\\\nE\nE\nb", "{[a <<E'x\\\\\\nE\\n'] [b]}", id="a continued line is no terminator"),
    pytest.param("a <<'E'\nx\\\nE\nb", "{[a <<'E''x\\\\\\n'] [b]}", id="a quoted here-document knows no continuation"),
    pytest.param("a <<E\nx", "{[a <<E'x']}", id="a here-document to the end"),
    pytest.param("if a <<E; then b; fi\nx\nE\nc", "{(if [a <<E'x\\n'] [b]) [c]}", id="a here-document inside a line"),
    pytest.param("{ a; b; } >c; ( d & e )", "{(group {[a] [b]} >c) (subshell {(& [d]) [e]})}", id="groups"),
    pytest.param("if a; then b; elif c; then d; e; else f; fi 2>g", "{(if [a] [b] [c] {[d] [e]} else [f] 2>g)}", id="if"),
    pytest.param("if a\nthen\nif b; then c; fi fi", "{(if [a] (if [b] [c]))}", id="closers one behind the other"),
    pytest.param("for x in a 'b c' $D; do e; done >f", "{(for x <a 'b c' $D> [e] >f)}", id="for"),
    pytest.param("for x do a; done; for y; do b; done\nfor z\ndo c\ndone", "{(for x <@> [a]) (for y <@> [b]) (for z <@> [c])}", id="for without in"),
    pytest.param("for x\nin a\ndo b; done", "{(for x <a> [b])}", id="for over lines"),
    pytest.param("for x in; do a; done; select y in b; do c; done", "{(for x <> [a]) (for y <b> [c])}", id="empty for, select"),
    pytest.param("for ((i=0; i<3; i++)); do a; done", "{{[let i=0] (while [let  i<3] {[a] [let  i++]})}}", id="counting"),
    pytest.param("for ((;;)) do a; done", "{{[let ] (while [let ] {[a] [let ]})}}", id="counting for ever"),
    pytest.param("while read x; do a; done <f | b", "{(| (while [read x] [a] <f) [b])}", id="while"),
    pytest.param("until a\ndo b &\ndone &", "{(& (until [a] (& [b])))}", id="until"),
    pytest.param("case $x in a|'b c') d;; (*) e; f & ;; esac >g", "{(case $x a|'b c': [d] *: {[e] (& [f])} >g)}", id="case"),
    pytest.param("case x in esac; case y\nin a) ;; b) c ;& d) e;;& f) g\nesac", "{(case x) (case y a: {} b: [c] d: [e] f: [g])}", id="case, other ways"),
    pytest.param("f() { a; }\ng () ( b )\nfunction h { c; }\nfunction i() { d; } >j", "{(function f (group [a])) (function g (subshell [b])) (function h (group [c])) (function i (group [d] >j))}", id="functions"),
    pytest.param("f()\n{\n a\n}\nf", "{(function f (group [a])) [f]}", id="a function over lines"),
    pytest.param("if [[ a ]] then (( b )) fi", "{(if (test a) [let  b ])}", id="reserved words right after a compound command"),
    pytest.param("for x in a; { b; }; for ((;;)) { c; }", "{(for x <a> [b]) {[let ] (while [let ] {[c] [let ]})}}", id="loops in braces"),
    pytest.param("function f while a; do b; done", "{(function f (while [a] [b]))}", id="a function of a loop"),
    pytest.param("f() if a; then b; fi", "{(function f (if [a] [b]))}", id="a function without braces"),
    pytest.param("[ -f a ] || [ \"$b\" = 'c d' ] && test -n x 2>y", "{(&& (|| (test -f a) (test \"$b\" = 'c d')) (test -n x 2>y))}", id="tests"),
    pytest.param("[[ a && ( $b || ! c ) ]] && d", "{(&& (test a && ( $b || ! c )) [d])}", id="[["),
    pytest.param("[[ $x =~ ^(a|b)+\\ c$ ]]; [[ a < b ]]", "{(test $x =~ ^(a|b)+\\ c$) (test a < b)}", id="[[ with a pattern"),
    pytest.param("((i++)) && ((j=2))", "{(&& [let i++] [let j=2])}", id="arithmetic"),
    pytest.param("( (a) | b ); ((c); d)", "{(subshell (| (subshell [a]) [b])) (subshell {(subshell [c]) [d]})}", id="subshells in subshells"),
    pytest.param("echo if then { } ! esac; echo }; x=if; 'if' a", "{[echo if then { } ! esac] [echo }] [x=if] ['if' a]}", id="reserved words that are words"),
    pytest.param("find . -exec a {} \\; -o b", "{[find . -exec a {} \\; -o b]}", id="braces and an escaped semicolon"),
    pytest.param("a#b; c \\# d #e", "{[a#b] [c \\# d]}", id="hashes"),
    pytest.param("time a; coproc b", "{[time a] [coproc b]}", id="words that bash reserves"),
    pytest.param("a\r\nif b\r\nthen c\r\nfi\r\n", "{[a] (if [b] [c])}", id="lines that end with a carriage return"),
    pytest.param("é=1; ü 'ö'; if 🚀; then ß; fi", "{[é=1] [ü 'ö'] (if [🚀] [ß])}", id="not ASCII"),
    pytest.param("a \udcff; if b; then \udc80; fi", "{[a \udcff] (if [b] [\udc80])}", id="not UTF-8"),
    pytest.param("echo @(a|b) !(c)", "{[echo @(a|b) !(c)]}", id="extended globs"),
    pytest.param("a <(b; c) >(d)", "{[a <(b; c) >(d)]}", id="process substitution"),
]  # fmt: skip

BROKEN = [
    pytest.param("a; «if b; then c»", "{[a] (opaque a syntax error)}", id="if without fi"),
    pytest.param("a\n«b 'c\nd»", "{[a] [b] (opaque a single quote is not closed)}", id="an open quote"),
    pytest.param("a\n«fi»; b", "{[a] (opaque a syntax error) [b]}", id="fi without if"),
    pytest.param("«a ) b»\nc", "{(opaque a syntax error) [c]}", id="a stray parenthesis"),
    pytest.param("«a && && b»; c", "{(opaque a syntax error) [c]}", id="operators one behind the other"),
    pytest.param("«a |»", "{(opaque a syntax error)}", id="nothing behind a pipe"),
    pytest.param("«{ a; b }»", "{(opaque a syntax error)}", id="a brace that is a word"),
    pytest.param("a; «while; do b\nc»", "{[a] (opaque a syntax error)}", id="a loop without an end"),
    pytest.param("a\n«;» b", "{[a] (opaque a syntax error) [b]}", id="a semicolon with nothing before it"),
    pytest.param(
        "«if a; then { b; } >c fi»", "{(opaque a syntax error)}", id="a reserved word after a redirection"
    ),
    pytest.param("«if a; then fi»; b", "{(opaque a syntax error) [b]}", id="an if without commands"),
    pytest.param("a; «{ b;; } c»", "{[a] (opaque a syntax error)}", id="a double semicolon outside a case"),
    pytest.param("«a b (c)»\nd", "{(opaque a syntax error) [d]}", id="a parenthesis after a word"),
    pytest.param("a $(b\nc", "{[a] (opaque a $( is not closed)}", id="an open substitution"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_scripts_have_the_structure_the_shell_gives_them(text: str, expected: str) -> None:
    script = parsed(text)
    assert outline(script.body) == expected
    assert bool(script.broken) == ("opaque" in expected)


@pytest.mark.parametrize(("marked", "expected"), BROKEN)
def test_what_cannot_be_read_is_opaque_and_the_rest_is_used(marked: str, expected: str) -> None:
    text, ranges = unmark(marked)
    script = parsed(text)
    assert outline(script.body) == expected
    spans = tuple((span.start, span.end) for span in script.broken)
    if ranges and "'" not in text:
        assert spans == ranges
    assert spans


def test_other_dialects_are_not_read() -> None:
    script = parsed("Get-Item | %{ $_ }", nodes.Dialect.OTHER)
    assert outline(script.body) == "{(opaque not a POSIX shell)}"
    assert script.broken == ()


@pytest.mark.parametrize(
    ("text", "posix", "bash"),
    [
        pytest.param("a {b,c}", ["a", "{b,c}"], ["a", "b", "c"], id="braces"),
        pytest.param("a $'b'", ["a", "$b"], ["a", "b"], id="ANSI-C quotes"),
    ],
)
def test_only_bash_expands_what_only_bash_knows(text: str, posix: list[str], bash: list[str]) -> None:
    for dialect, expected in ((nodes.Dialect.POSIX, posix), (nodes.Dialect.BASH, bash)):
        body = parsed(text, dialect).body
        assert isinstance(body, nodes.Sequence)
        (command,) = body.items
        assert isinstance(command, nodes.Command)
        assert [word.literal for word in command.words] == expected


@pytest.mark.parametrize(
    "marked",
    [
        pytest.param("«a 'b'  c» && «d\te >f» # g", id="commands"),
        pytest.param("x=1; «if «a»; then «b c»; fi >d»", id="an if with its redirection"),
        pytest.param("«for x in a\ndo «b»\ndone»", id="a loop"),
        pytest.param("«A=1 b <<E c»\ntext\nE\n«d»", id="a here-document's body is not in the span"),
    ],
)
def test_nodes_stand_where_they_are_written(marked: str) -> None:
    text, ranges = unmark(marked)
    found = {(met.node.span.start, met.node.span.end) for met in nodes_of(parsed(text))}
    assert set(ranges) <= found


NAMES = st.sampled_from(
    ["a", "b", "c1", "-x", "'q r'", '"$V w"', "$(s t)", "if", "x=y", "[", "{}", "*.py", "é"]
)


def _separated(parts: list[str]) -> str:
    chooser = random.Random(repr(parts))
    return "".join(part + chooser.choice(["; ", "\n", " ;\n", "\n\n", " # c\n"]) for part in parts)


def _pair(text: str, expected: str) -> tuple[str, str]:
    return text, expected


@st.composite
def _commands(draw: st.DrawFn) -> tuple[str, str]:
    words = ["cmd", *draw(st.lists(NAMES, max_size=3))]
    target = draw(st.sampled_from(["", " >f", " 2>&1", " <'g h'"]))
    return " ".join(words) + target, f"[{' '.join(words)}{target}]"


@st.composite
def _compounds(draw: st.DrawFn, inner: st.SearchStrategy[tuple[str, str]]) -> tuple[str, str]:
    kind = draw(
        st.sampled_from(["if", "for", "while", "case", "group", "subshell", "and", "pipe", "function", "not"])
    )
    (a, x), (b, y), (c, z) = draw(inner), draw(inner), draw(inner)
    body, inside = _separated([a, b]), f"{{{x} {y}}}"
    redirect = draw(st.sampled_from(["", " >out"]))
    match kind:
        case "if":
            text = f"if {_separated([a])}then {body}else {_separated([c])}fi{redirect}"
            return text, f"(if {x} {inside} else {z}{redirect})"
        case "for":
            return f"for v in 1 'w x'; do {body}done{redirect}", f"(for v <1 'w x'> {inside}{redirect})"
        case "while":
            return f"while {_separated([c])}do {body}done{redirect}", f"(while {z} {inside}{redirect})"
        case "case":
            text = f"case $v in p|q) {a} ;; (r) {body};; *) {c}\n;; esac{redirect}".replace("\n;;", "\n;;")
            text = f"case $v in p|q) {a} ;; (r) {_separated([a])}{b} ;; *) {c}\n;; esac{redirect}"
            return text, f"(case $v p|q: {x} r: {inside} *: {z}{redirect})"
        case "group":
            return f"{{ {body}}}{redirect}", f"(group {inside}{redirect})"
        case "subshell":
            return f"( {body}){redirect}", f"(subshell {inside}{redirect})"
        case "and":
            return f"{{ {_separated([f'{a} && {b} ||{chr(10)} {c}'])}}}", f"(group (|| (&& {x} {y}) {z}))"
        case "pipe":
            return f"{{ {_separated([f'{a} | {b}'])}}}", f"(group (| {x} {y}))"
        case "function":
            return f"fn () {{ {body}}}", f"(function fn (group {inside}))"
        case _:
            return f"{{ {_separated([f'! {a}'])}}}", f"(group (! {x}))"


SCRIPTS = st.recursive(_commands(), _compounds, max_leaves=8)


@settings(max_examples=250, deadline=None)
@given(st.lists(SCRIPTS, min_size=1, max_size=4))
def test_generated_scripts_are_read_as_they_were_built(parts: list[tuple[str, str]]) -> None:
    script = parsed(_separated([text for text, _ in parts]))
    assert script.broken == ()
    assert outline(script.body) == f"{{{' '.join(expected for _, expected in parts)}}}"
