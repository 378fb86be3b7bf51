"""File names to what they promise: a Dockerfile, one only if it reads as one, a template, a program's source."""

from __future__ import annotations

import posixpath
import re
from functools import cache

STEMS = ("dockerfile", "containerfile")
TEMPLATES = frozenset(
    """
    ctmpl eex ejs envsubst epp erb ftl gotmpl gtpl handlebars hbs in j2 jinja jinja2 liquid m4 mako mustache
    njk template tera tftpl tmpl tpl tt twig vm
    """.split()
)
"""Endings of files that something else is made of: a template engine, configure, CMake, sed."""
SOURCES = frozenset(
    """
    c cc clj cpp cs dart el ex exs fs go groovy h hs java js jsx kt lua mjs ml nix php pl ps1 py pyi r rb rego
    rs scala sh sql swift tf ts tsx vim vue
    """.split()
)
DOCUMENTS = frozenset("adoc css csv hcl html ini json log md rst svg toml xml yaml yml".split())
IGNORE_FILES = (".dockerignore", ".gitignore", ".containerignore")


def is_dockerfile_name(name: str) -> bool:
    """Whether a file of this name is taken for a Dockerfile unless its text says otherwise: `Dockerfile`,
    `Dockerfile.*`, `Dockerfile-*`, `Dockerfile_*`, `*.Dockerfile`, and the same with Containerfile.
    """
    low = name.lower()
    return not low.endswith(IGNORE_FILES) and (
        low in STEMS
        or any(low.startswith(stem) and low[len(stem)] in ".-_" for stem in STEMS)
        or low.endswith(tuple(f".{stem}" for stem in STEMS))
    )


def may_be_dockerfile_name(name: str) -> bool:
    """Whether a file of this name is a Dockerfile where it reads as one: `Dockerfile2`, `web-Dockerfile` as well."""
    low = name.lower()
    return not low.endswith(IGNORE_FILES) and (low.startswith(STEMS) or _last_word(low) in STEMS)


def _last_word(low: str) -> str:
    return re.split(r"[-_.+ ]", low)[-1]


def is_template_name(name: str) -> bool:
    """Whether one of its endings says that the file is a template (`Dockerfile.j2`, `web.Dockerfile.tmpl`)."""
    pieces = name.lower().split(".")
    return any(piece in TEMPLATES for piece in pieces[1:]) or bool(_filled().search(name))


def is_template_path(path: str) -> bool:
    """Whether the file's own name says so, or a generator fills in the name of a folder that it lies in
    (`{{cookiecutter.slug}}/Dockerfile`). The path is relative to the repository.
    """
    *folders, name = path.split("/")
    return is_template_name(name) or any(_filled().search(folder) for folder in folders)


@cache
def _filled() -> re.Pattern[str]:
    return re.compile(r"\{\{.*\}\}|\{%.*%\}|<%.*%>|#\{.*\}|__tmpl__|__template__")


def ending(name: str) -> str:
    """What follows the last dot, in lower case; empty without one."""
    return posixpath.splitext(name)[1].lower().removeprefix(".")
