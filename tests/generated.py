"""Choices to whole projects: a Dockerfile with shell, Python, JSON forms and triggers inside it, and files beside it.

The choices come from a `random.Random`: a seeded one where speed counts, Hypothesis' own where a failure is to shrink.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dfguard.interp.shell.registry import families

if TYPE_CHECKING:
    from random import Random

DOCKERFILE = "Dockerfile"
DEEPEST = 9
"""Rules inside rules; from here on the first, shortest alternative is taken."""
COMMANDS = tuple(sorted(name for names in families().values() for name in names))
WORDS = (
    *(
        "/",
        "/a",
        "/opt/app",
        "a/b",
        ".",
        "..",
        "~",
        "~root",
        "~app/x",
        "/dev/null",
        "/dev/stdout",
        "*.py",
        "/a/*",
        "?",
        "[",
        "[a",
    ),
    *(
        "{a,b}",
        "{1..3}",
        "a=b",
        "=",
        "-",
        "--",
        "-x",
        "-rf",
        "-c",
        "-e",
        "-o",
        "-p",
        "-m",
        "-u",
        "-g",
        "--mode=755",
        "--",
        "-1",
    ),
    *(
        "0",
        "1",
        "08",
        "²",
        "٣",
        "99999999999999999999",
        "-99999999999",
        "0x1f",
        "1e9",
        "1:2",
        "a:b",
        "a:b:c",
        "755",
        "u+x",
    ),
    *(
        "''",
        '""',
        "'a b'",
        '"a b"',
        "é",
        "\u2028",
        "\ufeff",
        "\U0001f600",
        "a\\ b",
        "\\",
        "$",
        "$$",
        "'",
        '"',
        "`",
    ),
    *(
        "s/[/x/",
        "'s/[/x/'",
        "'s/a/b/g;p'",
        "'s|(|)|'",
        "'/a/,/b/d'",
        "'1~2p'",
        "'y/ab/c/'",
        "'[[:alpha:'",
        "'a**'",
        "'\\1'",
    ),
    *(
        "https://example.org/a.tar.gz",
        "git+https://example.org/x",
        "http://[",
        "https://a:b@c/d",
        "//",
        "file:///a",
    ),
    *(
        "numpy==1.0",
        "torch>=2",
        "'a[b]<3'",
        "-r",
        "requirements.txt",
        "install",
        "-y",
        "update",
        "add",
        "download",
        "clone",
    ),
    *(
        "%s\\n",
        "'%*d'",
        "'%d'",
        "'%99999999999s'",
        "app",
        "root",
        "1000",
        "app:app",
        "start.sh",
        "app.py",
        "a.tar.gz",
    ),
)
PYTHON = (
    *(
        "import os",
        "import torch, sys",
        "from transformers import AutoModel",
        "from . import x",
        "from a.b import *",
    ),
    *(
        "x = 1",
        "x: int = f(",
        "print('a')",
        "print(f'{x!r:>{y}}')",
        "def f(a, *b, **c): return a",
        "class A(B): pass",
    ),
    *(
        "if x:",
        "    y = 2",
        "else:",
        "try:",
        "    import a",
        "except Exception as e:",
        "    raise",
        "for i in range(3):",
        "\tpass",
    ),
    *(
        "AutoModel.from_pretrained('a/b', cache_dir=d)",
        "os.environ['HF_HOME'] = '/x'",
        "sys.exit(main())",
        "match x:",
        "    case 1:",
    ),
    *(
        "lambda: (yield)",
        "x = [i for i in j if (k := i)]",
        "async def g(): await h()",
        "global x",
        "'''",
        '"""doc"""',
        "\x0c",
        "\\",
    ),
    *(
        "snapshot_download('a/b', local_dir='/m')",
        "open('/a', 'w').write('b')",
        "if __name__ == '__main__': main()",
        "@f",
        "x = y.z[0]",
    ),
    *(
        "os.makedirs('/a', exist_ok=True)",
        "subprocess.run(['a', '-b'], check=True)",
        "del x",
        "return 1",
        "0" * 30,
        "1 / 0",
    ),
)
FILES = (
    *("app.py", "start.sh", "requirements.txt", "a/b.py", ".dockerignore", "a.tar.gz", "package.json"),
    "docker-compose.yml",
)
GRAMMAR: dict[str, tuple[str, ...]] = {
    "dockerfile": (
        "<stage>",
        "<stage>",
        "<stage><stage>",
        "<directive>\n<stage>",
        "ARG <argument>\n<stage>",
        "<instruction>\n<stage>",
    ),
    "stage": (
        "FROM <image><as>\n<instruction>\n<instruction>\n",
        "FROM <image><as>\n<instruction>\n<instruction>\n<instruction>\n<instruction>\n",
        "FROM <platform> <image><as>\r\n<instruction>\r\n",
    ),
    "directive": (
        "# syntax=docker/dockerfile:1",
        "# escape=`",
        "# check=skip=all",
        "# dfguard: ignore=DFG9 a",
        "#",
        "# hadolint ignore=DL3008",
    ),
    "image": (
        "debian:12",
        "debian:12",
        "alpine:3.20",
        "python:3.12-slim",
        "ubuntu:24.04",
        "unknown/image",
        "scratch",
        "$BASE",
        "node:22",
        "build",
        "",
    ),
    "as": ("", "", " AS build", " as Build", " AS", " AS é"),
    "platform": ("--platform=$BUILDPLATFORM", "--platform=linux/arm64", "--platform="),
    "instruction": (
        *("RUN <script>",) * 8,
        *(
            "RUN <json>",
            "RUN <heredoc>",
            "RUN <mount> <script>",
            "RUN <mount> <mount> <json>",
            "run <script>",
        ),
        *(
            "COPY <copied>",
            "COPY <copied>",
            "COPY <copy-flag> <copied>",
            "ADD <copied>",
            "ADD <add-flag> <word> <word>",
        ),
        *(
            "ENV <environment>",
            "ENV <environment>",
            "ARG <argument>",
            "LABEL <environment>",
            "WORKDIR <word>",
            "USER <user>",
        ),
        *(
            "CMD <process>",
            "ENTRYPOINT <process>",
            "HEALTHCHECK <health>",
            "HEALTHCHECK <health-flag> CMD <process>",
        ),
        *(
            "EXPOSE <words>",
            "VOLUME <json>",
            "VOLUME <words>",
            "SHELL <json>",
            "STOPSIGNAL <word>",
            "MAINTAINER <words>",
        ),
        *("ONBUILD <instruction>", "ONBUILD", "<words>"),
    ),
    "mount": (
        *(
            "--mount=type=cache,target=/root/.cache",
            "--mount=type=secret,id=a,env=A",
            "--mount=type=bind,target=.,rw",
        ),
        *(
            "--mount=type=bind,from=build,source=/a,target=/b",
            "--mount=type=tmpfs,target=/t,size=²",
            "--network=none",
        ),
        *(
            "--security=insecure",
            "--mount=",
            "--mount=type=ssh",
            "--device=a",
            "--mount=type=cache,target=$A,mode=9x,uid=a",
        ),
    ),
    "copy-flag": (
        "--from=build",
        "--from=0",
        "--from=9",
        "--from=²",
        "--chown=app:app",
        "--chmod=755",
        "--chmod=u+x",
        "--link",
        "--parents",
        "--exclude=*.a",
        "--x",
    ),
    "add-flag": ("--checksum=sha256:1", "--keep-git-dir=true", "--chown=1:1", "--unpack=x", "--link"),
    "health-flag": (
        "--interval=5s",
        "--retries=²",
        "--timeout=99999999999h",
        "--start-period=x",
        "--interval=<word>",
    ),
    "copied": (
        "<word> <word>",
        "<words>",
        '["a b", "/c"]',
        "<file> /app/",
        ". .",
        "<<EOF <word>\n<python>\nEOF",
    ),
    "file": FILES,
    "argument": ("A", "<variable>", "<variable>=<word>", "<variable>=<word> B=2"),
    "variable": ("A", "B", "BASE", "TARGETARCH", "A-B", "²", "PATH", ""),
    "environment": ("A=1", "<argument>", "A <words>", "PATH=<word>:$PATH", 'A="<expansion>" B=\'c', "A"),
    "user": (
        "app",
        "root",
        "1000",
        "²",
        "0:0",
        "a:b:c",
        "$A",
        "",
        ":",
        "99999999999999999999",
        "app:²",
        "<word>",
    ),
    "process": ("<json>", "<json>", "<words>", "<script>", "--", "-", "", "exec $A"),
    "health": ("NONE", "CMD <process>", "CMD", "", "CMD curl -f http://localhost:<word>"),
    "json": (
        "[]",
        '["<command>"]',
        '["<command>", "<text>"]',
        '["<command>", "<text>", "<text>"]',
        '["sh", "-c", "<text>"]',
        '["a"',
        "['a']",
        '["a"] x',
        '["\\ud800"]',
    ),
    "text": ("a", "<literal>", "-c", "--", "", "\\n", "a && b", "$A", "\\u00e9", "\\ud83d"),
    "heredoc": (
        "<<EOF\n<script>\nEOF",
        "<start> <<<quoted>EOF\n<shebang><script>\nEOF",
        "python3 <<EOF\n<python>\nEOF",
        "<<EOF\n#!/usr/bin/env python3\n<python>\nEOF",
        "<<EOF <<B\n<script>\nEOF\nB",
        "<<EOF\n<script>\n",
    ),
    "start": ("", "bash -eu", "cat > /a", "sh", "<simple>"),
    "quoted": ("", "-", "'"),
    "shebang": ("", "#!/bin/bash -eu\n", "#!\n"),
    "script": (
        "<simple>",
        "<command-line>",
        "<command-line><joint><command-line>",
        "set <set>; <script>",
        "<command-line><joint><script>",
    ),
    "joint": (" && ", "; ", " || ", " | ", " & ", " \\\n  && ", " |& "),
    "set": ("-e", "-eu", "-eux", "-u", "+e", "-o pipefail", "-euo pipefail", "--", "-- a b", "-o", ""),
    "command-line": (
        "<simple>",
        "<simple>",
        "<simple>",
        "<simple>",
        "<wrapper> <simple>",
        "<compound>",
        "<compound>",
    ),
    "simple": (
        "<command> <words>",
        "<command> <words>",
        "<command> <words> <redirect>",
        "A=<word> <command> <word>",
        "! <command> <words>",
        "<word> <words>",
        "A=<word>",
    ),
    "command": COMMANDS,
    "wrapper": (
        "sudo -E",
        "env A=1",
        "env -i",
        "exec",
        "time",
        "nice -n 3",
        "timeout 5",
        "xargs -n1",
        "gosu app",
        "command",
        "builtin",
    ),
    "redirect": tuple(
        f"{operator} <word>"
        for operator in (">", ">>", "2>", "<", "&>", ">&", "2>&1 >", "<<<", "<>", ">|", "<&", "9>")
    ),
    "compound": (
        *(
            "if <test>; then <script>; fi",
            "if <test>; then <script>; else <script>; fi",
            "if <simple>; then <script>; elif <test>; then <script>; fi",
        ),
        *(
            "for i in <words>; do <script>; done",
            "for A; do <script>; break; done",
            'for i in "$@"; do <script>; continue 2; done',
            "for i in {1..5}; do <script>; done",
        ),
        *(
            "while <test>; do <script>; done",
            "until <test>; do <script>; done <redirect>",
            "while read x y; do <script>; done < <word>",
        ),
        *(
            "case <word> in <pattern>) <script>;; esac",
            "case <word> in <pattern>) <script>;; <pattern>) <script>;; *) <script>; esac",
            "case <word> in esac",
        ),
        *(
            "( <script> )",
            "{ <script>; }",
            "! { <script>; } <redirect>",
            "f() { <script>; }; f <words>",
            "f() { f; <script>; return 3; }; f <word>",
            "f() { local a=$1; <script>; }; f",
        ),
        *(
            "sh -c '<script>'",
            'bash -euc "<script>"',
            "eval '<script>'",
            "su app -c '<script>'",
            "bash -lc '<script>'",
            "find . -exec sh -c '<script>' \\;",
        ),
        *(
            "python -c '<flat-python>'",
            'python3 -u -c "<flat-python>"',
            "python3 -m <word>",
            "python <file>",
            'python -c "<python>"',
        ),
        *(
            "A=(<words>); echo ${A[@]} ${#A[@]} ${A[<word>]} <word>",
            "A[<arithmetic>]=x",
            "declare -a B; <script>",
            "trap '<script>' <signal>",
            "(( <arithmetic> ))",
        ),
        *(
            "<command> <words> | while read x; do <script>; done",
            "<command> <<E\n<words>\nE\n<script>",
            "<script> | tee <word>",
            "wait; [ <word>",
            "if",
            "fi",
            "done",
            "esac",
            "{",
            "}",
        ),
    ),
    "signal": ("EXIT", "0", "TERM", "ERR", ""),
    "pattern": ("*", "a|b", "[", "x*", "<word>", "[!a-z]*", "\\*", '"$A"'),
    "test": (
        "[ <unary> <word> ]",
        "[[ <unary> <word> ]]",
        "[ <word> <binary> <word> ]",
        "[[ <word> <binary> <word> ]]",
        "test <words>",
        "! [ <words> ]",
        "(( <arithmetic> ))",
        "[ ]",
        "[[ ]]",
    ),
    "unary": ("-n", "-z", "-f", "-d", "-e", "-x", "-s", "-v", "!", "-L"),
    "binary": ("=", "==", "!=", "-eq", "-lt", "-ef", "-nt", "=~", "<", "-a", "-o", "&&", "||"),
    "words": ("", "<word>", "<word>", "<word> <word>", "<word> <word> <word>", "<word> <word> <word> <word>"),
    "word": (*("<literal>",) * 6, "<expansion>", '"<expansion>"', '"<expansion>/x"', "<literal><expansion>"),
    "literal": WORDS,
    "expansion": (
        *(
            "$<name>",
            "$<name>",
            "${<name>}",
            "${<name><operator><word>}",
            "${#<name>}",
            "${!<name>}",
            "$((<arithmetic>))",
        ),
        *(
            "`<command> <literal>`",
            "$(<script>)",
            "$(<simple>)",
            "${<name>:<arithmetic>}",
            "<(<simple>)",
            "$'\\x41\\n'",
        ),
    ),
    "name": (
        "A",
        "B",
        "TARGETARCH",
        "HOME",
        "PATH",
        "X_1",
        "@",
        "*",
        "#",
        "?",
        "1",
        "10",
        "!",
        "-",
        "a[0]",
        "²",
        "HF_HOME",
        "99999999999999999999",
    ),
    "operator": (":-", "-", ":=", ":+", "+", ":?", "?", "#", "##", "%", "%%", "/", "//", "^", ",,", ":", "@"),
    "arithmetic": ("<atom>", "<atom><sign><atom>", "<atom><sign><atom><sign><atom>", "(<arithmetic>)"),
    "atom": (
        "1",
        "08",
        "A",
        "$A",
        "X=1",
        "1/0",
        "A++",
        "-1",
        "(2",
        "2)",
        "9" * 25,
        "a[1]",
        "1<<99",
        "2**9",
        "!0",
        "²",
        "0x",
        "1?2:3",
    ),
    "sign": ("+", "*", "%", "<<", "&&", ",", "/", "-", "=="),
    "python": ("<statement>", "<statement>\n<statement>", "<statement>\n<python>"),
    "flat-python": (
        "<statement>",
        "<statement>; <statement>",
        "<statement>\\n<statement>",
        "<statement> \\\n<statement>",
    ),
    "statement": PYTHON,
    "shell-file": (
        "#!/bin/sh\n<script>\n",
        "#!/usr/bin/env bash\nset -eu\n<script>\n<script>\n",
        "<script>\n",
        "#!\n<script>",
    ),
    "ignore-file": ("*\n!a\n", "[\n\\\n!\n", "**/b\na/../..\n#\né\n/"),
    "other-file": (
        "<literal>\n<literal>\n<literal>",
        "{",
        "[",
        "services:\n- a",
        "services: {a: {build: .}}",
        '{"scripts": {"build": "<literal>"}}',
    ),
}
"""Rules by name: the texts that each may be, in which `<rule>` stands for another one. The first is the shortest."""


class Project(NamedTuple):
    """A Dockerfile's text, and the other files of its context by path."""

    text: str
    files: dict[str, str]


def project(random: Random) -> Project:
    """Any project."""
    files = [name for name in FILES if random.random() < 0.25]
    return Project(
        generated(random, "dockerfile"), {name: generated(random, _rule_of(name)) for name in files}
    )


def _rule_of(name: str) -> str:
    rules = {".py": "python", ".sh": "shell-file", "dockerignore": "ignore-file"}
    return next((rule for ending, rule in rules.items() if name.endswith(ending)), "other-file")


def generated(random: Random, rule: str, depth: int = 0) -> str:
    """A text of a rule of the grammar."""
    texts = GRAMMAR[rule]
    text = random.choice(texts) if depth < DEEPEST else texts[0]
    return re.sub(r"<([a-z][a-z-]+)>", lambda found: generated(random, found[1], depth + 1), text)


def mutated(random: Random, text: str) -> str:
    """The text with a few lines or tokens deleted, doubled, swapped or replaced."""
    for _ in range(random.choice((1, 1, 2, 4))):
        pieces = text.splitlines(keepends=True) if random.random() < 0.4 else re.findall(r"\w+|\s+|.", text)
        if len(pieces) < 2:
            return text
        at, other = random.randrange(len(pieces)), random.randrange(len(pieces))
        match random.randrange(5):
            case 0:
                del pieces[at]
            case 1:
                pieces.insert(at, pieces[other])
            case 2:
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case 3:
                pieces[at] = generated(random, "word", DEEPEST - 3)
            case _:
                del pieces[min(at, other) : min(min(at, other) + 40, max(at, other))]
        text = "".join(pieces)
    return text
