"""Which files called like a Dockerfile are one: templates and programs are told by name, by text, by where they lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.discover.kinds import Kind, kind_of, kind_of_text

FROM = "FROM alpine:3\n"
HEREDOC = "FROM a:1\nCOPY <<EOF /etc/x.conf\nuser {{ user }}\n{% if tls %}\nssl on\n{% endif %}\nEOF\n"

DOCKERFILES = [
    pytest.param("", id="empty"),
    pytest.param("# only a remark, {{ ansible_managed }}\n", id="comments alone"),
    pytest.param(f"# {{{{ ansible_managed }}}}\n{FROM}", id="placeholder in a comment"),
    pytest.param("\ufeffFROM a:1\r\nRUN b\r\n", id="byte order mark and carriage returns"),
    pytest.param("ARG V=1\nFROM a:${V:-2} AS b\nFROM b\n", id="ARG first"),
    pytest.param("from a:1 as b\nrun c\n", id="lower case"),
    pytest.param(
        "# syntax=docker/dockerfile:1\n\nFROM --platform=$BUILDPLATFORM a:1\n", id="directive and flag"
    ),
    pytest.param(
        f"{FROM}RUN docker inspect --format '{{{{.Id}}}}' x > /id\n", id="Go template, single quotes"
    ),
    pytest.param(
        f'{FROM}RUN docker ps --format "{{{{ .Names }}}} {{{{json .}}}}"\n', id="Go template, double quotes"
    ),
    pytest.param(f"{FROM}RUN docker ps --format {{{{.Names}}}}\n", id="Go template, bare"),
    pytest.param(
        f"{FROM}RUN go list -f {{{{.Dir}}}}/x ./... && docker ps --format={{{{.ID}}}}:x\n", id="options"
    ),
    pytest.param(f"{FROM}RUN docker ps -f \\{{\\{{ x \\}}\\}}\n", id="escaped"),
    pytest.param(f"{FROM}RUN mkdir -p /a/{{{{b,c}},d}}\n", id="nested braces of a shell"),
    pytest.param(f"{FROM}RUN for i in a; do {{ {{ b; }}; }}; done\n", id="groups of a shell"),
    pytest.param(
        f"{FROM}RUN sed -i 's/@PORT@/80/; s/__HOST__/h/; s/{{{{ x }}}}/1/' /etc/x\n", id="what sed replaces"
    ),
    pytest.param(f"{FROM}RUN sed -i s/@PORT@/80/ /etc/x\n", id="what sed replaces, bare"),
    pytest.param(f'{FROM}RUN ruby -e "puts #{{x}}" && echo ${{#x}}\n', id="interpolation in another program"),
    pytest.param(f"{FROM}RUN curl -w %{{http_code}} https://x\n", id="curl's own"),
    pytest.param(f"{FROM}RUN date +%%Y%%m\n", id="percent signs"),
    pytest.param(f'{FROM}CMD ["app", "--template", "{{{{ .Msg }}}}", "{{{{ msg }}}}"]\n', id="JSON form"),
    pytest.param(f'{FROM}ENV PROMPT="{{{{ user }}}}" A={{{{.x}}}}\n', id="value of ENV"),
    pytest.param(f'{FROM}LABEL usage="docker run {{{{ image }}}}" v=@VERSION@\n', id="value of LABEL"),
    pytest.param(
        f"{FROM}COPY __init__.py __tests__ @scope/pkg@1 /x/\n", id="names with underscores and signs"
    ),
    pytest.param(f"{FROM}RUN find . -name __pycache__ -delete\n", id="pycache"),
    pytest.param("FROM a:1 AS replace-me\nFROM REPLACE-ME\n", id="a stage called so"),
    pytest.param("FROM a@sha256:0123 AS x\nFROM my__own/b__c:v__2\n", id="double underscores in names"),
    pytest.param("ARG FORMAT='{{ .Names }}'\nFROM a:1\n", id="default of ARG in quotes"),
    pytest.param(HEREDOC, id="template in a heredoc"),
    pytest.param("FROM a:1\nRUN <<EOF\n{{ x }}\n<% y %>\nEOF\n", id="template in a heredoc of RUN"),
    pytest.param("FROM a:1\nRUN apt-get install\n    b\n    c\n    d\n    e\n", id="missing backslashes"),
    pytest.param("FROMM a:1\nRUN b\nCOPY c d\n", id="misspelled"),
    pytest.param("RUN a\nCOPY b c\n", id="fragment"),
    pytest.param("FROM python 3.11\nRUN a\n", id="broken FROM"),
    pytest.param("FROM a:${TAG:latest}\n", id="a modifier that nobody knows"),
    pytest.param(
        "FROM a:1\nRUN --moutn=type=x docker inspect -f '{{.Id}}'\n", id="refused flag beside a Go template"
    ),
    pytest.param('FROM a:1\nRUN echo "{{ x }}\n', id="unclosed quote"),
]
TEMPLATES = [
    pytest.param("FROM a:{{ version }}\n", id="tag"),
    pytest.param("FROM {{base}}\nRUN b\n", id="image without blanks"),
    pytest.param("FROM <%= image %>\n", id="ERB"),
    pytest.param("FROM @BASE@:1\n", id="configure"),
    pytest.param("FROM a:${templateOption:imageVariant}\n", id="Dev Container template"),
    pytest.param("FROM #{image}\n", id="interpolation"),
    pytest.param("FROM balenalib/%%BALENA_MACHINE_NAME%%-node:20\n", id="balena"),
    pytest.param("FROM __IMAGE__\n", id="underscores"),
    pytest.param("FROM registry/x:__TAG__\n", id="tag in underscores"),
    pytest.param("FROM REPLACE-ME\n", id="replace me"),
    pytest.param("FROM <your image>:latest\n", id="angle brackets"),
    pytest.param("FROM --platform={{ platform }} a:1\n", id="flag of FROM"),
    pytest.param("{% set x = 1 %}\nFROM a:1\n", id="Jinja first"),
    pytest.param("{# remark #}\nFROM a:1\n", id="Jinja remark first"),
    pytest.param("FROM a:1\n{%- if x %}\nRUN b\n{%- endif %}\n", id="Jinja block"),
    pytest.param("FROM a:1\n{{ extra }}\n", id="Jinja line"),
    pytest.param("FROM a:1\n<% if x do %>\nRUN b\n<% end %>\n", id="EEx block"),
    pytest.param("FROM a:1\n@EXTRA_COMMANDS@\n", id="configure line"),
    pytest.param("FROM a:1\nEXPOSE {{ port }}\n", id="port"),
    pytest.param("FROM a:1\nUSER {{user}}\n", id="user"),
    pytest.param("FROM a:1\nWORKDIR /srv/{{ name }}\n", id="working directory"),
    pytest.param("FROM a:1\nCOPY {{ src }} /x\n", id="source"),
    pytest.param("FROM a:1\nCOPY --chown=@USER@ a /x\n", id="flag of COPY"),
    pytest.param("FROM a:1\nENV A={{ x }}\n", id="refused ENV"),
    pytest.param("FROM a:1\nENV A={{x}}\n", id="bare in ENV"),
    pytest.param("FROM a:1\nARG {{ name }}=1\n", id="name of an ARG"),
    pytest.param("ARG V={{ version }}\nFROM a:$V\n", id="default of an ARG"),
    pytest.param("FROM a:1\nRUN pip install x=={{ version }}\n", id="bare in RUN"),
    pytest.param("FROM a:1\nRUN pip install {{.Packages}}\n", id="Go template as a word of its own"),
    pytest.param("FROM a:1\nRUN pip install a=={{ .Version }}\n", id="Go template in a word"),
    pytest.param("FROM a:1\nRUN apt-get install {{packages}}\n", id="bare without blanks"),
    pytest.param(
        "FROM a:1\nRUN a \\\n    {% for p in ps %} {{ p }} {% endfor %} \\\n    b\n", id="block in RUN"
    ),
    pytest.param("FROM a:1\nENTRYPOINT exec <%= app %>\n", id="ERB in ENTRYPOINT"),
    pytest.param("FROM a:1\nONBUILD COPY {{ x }} /y\n", id="trigger"),
]


@pytest.mark.parametrize("text", DOCKERFILES)
def test_what_reads_as_a_dockerfile_is_one(text: str) -> None:
    assert kind_of("docker/Dockerfile", text.encode()) is Kind.DOCKERFILE


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_placeholder_where_a_dockerfile_has_none_makes_a_template(text: str) -> None:
    assert kind_of("docker/Dockerfile", text.encode()) is Kind.TEMPLATE


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile.j2",
        "Dockerfile.eex",
        "a/Dockerfile.in",
        "web.Dockerfile.tmpl",
        "Dockerfile.template.gpu",
        "Dockerfile-alpine.template",
        "Dockerfile__tmpl__",
        "{{cookiecutter.slug}}/Dockerfile",
        "{{ name }}/docker/Dockerfile",
        "<%= app %>/Dockerfile",
    ],
)
def test_a_name_or_a_folder_can_say_template(path: str) -> None:
    assert kind_of(path, FROM.encode()) is Kind.TEMPLATE


PROGRAMS = [
    pytest.param("dockerfile.go", 'package main\n\nimport "fmt"\n\nvar env = []string{}\n', id="Go"),
    pytest.param("dockerfile.ex", "defmodule D do\n  env = [\n  ]\nend\n", id="Elixir"),
    pytest.param("dockerfile.py", "from a import b\nfrom c import d\n\nrun = 1\n", id="Python"),
    pytest.param(
        "dockerfile.py", 'T = """\nFROM a:1\nRUN b\nCOPY c d\nRUN e\n"""\n', id="Dockerfile in a string"
    ),
    pytest.param("dockerfile.js", "module.exports = {\n};\n", id="JavaScript"),
    pytest.param("Dockerfile_test.rs", "use std::fs;\n\nfn main() {}\n", id="Rust"),
    pytest.param("dockerfile.rb", "class D\n  add :x\nend\n", id="Ruby"),
    pytest.param("Dockerfile.sh", "#!/bin/sh\ndocker build .\n", id="shell"),
]


@pytest.mark.parametrize(("name", "text"), PROGRAMS)
def test_the_source_of_a_program_is_not_a_dockerfile(name: str, text: str) -> None:
    assert kind_of(name, text.encode()) is Kind.PROGRAM


@pytest.mark.parametrize(
    "name", ["Dockerfile.go", "Dockerfile.py", "Dockerfile.js", "Dockerfile.rs", "Dockerfile.php"]
)
def test_a_dockerfile_may_be_called_after_a_language(name: str) -> None:
    assert kind_of(name, b"# for the build\nARG V=1\nFROM golang:$V\nRUN go build\n") is Kind.DOCKERFILE


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("Dockerfile.md", b"# Notes\n\nBuild it:\n\n    FROM a:1\n", id="document"),
        pytest.param("dockerfile.yml", b"on: push\njobs: {}\n", id="YAML"),
        pytest.param("Dockerfile.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", id="picture"),
        pytest.param("Dockerfile.lst", b"one line\nanother line\n", id="list"),
        pytest.param("web-dockerfile", b"one line\nanother line\n", id="called nearly so"),
    ],
)
def test_any_other_text_is_not_a_dockerfile(name: str, data: bytes) -> None:
    assert kind_of(name, data) is Kind.OTHER


def test_a_file_in_wide_characters_is_left_to_the_check_which_says_so() -> None:
    assert kind_of("Dockerfile", "FROM a:1\n".encode("utf-16")) is not Kind.PROGRAM


@given(st.text(alphabet="{}%<>@#_ \nFROMrun:$'\"\\a.|=", max_size=60))
def test_any_text_is_something(text: str) -> None:
    assert kind_of_text("Dockerfile", text.encode()) in Kind


@given(st.sampled_from([p.values[0] for p in DOCKERFILES]), st.sampled_from([p.values[0] for p in TEMPLATES]))
def test_a_template_stays_one_whatever_stands_in_front(before: object, template: object) -> None:
    text = f"{before}\n{template}"
    if (
        "<<EOF" not in text
        and "unclosed" not in text
        and text.count('"') % 2 == 0
        and "replace-me" not in text
    ):
        assert kind_of_text("Dockerfile", text.encode()) is Kind.TEMPLATE
