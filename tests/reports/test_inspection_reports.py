"""The three forms of an inspection: golden texts, the schema, and nothing of a file that does anything."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
from html.parser import HTMLParser

import jsonschema
import pytest

from dfguard.inspection.records import Inspection
from dfguard.reports import inspection_page, inspection_text, record_json
from dfguard.reports.record_json import schema_of
from inspected import GOLDEN, inspected, scene

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "tests", "page", "hostile", "Dockerfile"), encoding="utf-8") as _file:
    HOSTILE = _file.read()


def _made() -> dict[str, str]:
    """What tests/inspection/make.py would write."""
    path = os.path.join(os.path.dirname(GOLDEN), "make.py")
    spec = importlib.util.spec_from_file_location("make_golden", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.texts()
    return found


def test_the_texts_are_the_golden_ones() -> None:
    for name, text in _made().items():
        with open(os.path.join(GOLDEN, name), encoding="utf-8") as file:
            assert text == file.read(), name


@pytest.mark.parametrize(
    "found",
    [scene(), inspected(HOSTILE), inspected("RUN echo no stage\n")],
    ids=["scene", "hostile", "fragment"],
)
def test_json_follows_its_schema(found: Inspection) -> None:
    document = json.loads(record_json.rendered(found))
    jsonschema.validate(document, schema_of(Inspection, "dfguard inspection"))
    assert document["schema"] == 1


def test_colours_change_no_word() -> None:
    coloured = inspection_text.render_colour(scene())
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == inspection_text.render(scene())


@pytest.mark.parametrize(
    "render", [inspection_text.render, inspection_text.render_colour], ids=["plain", "colour"]
)
def test_text_passes_no_control_character_on(render: object) -> None:
    assert callable(render)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", render(inspected(HOSTILE)))
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert "\\x1b]0;owned\\x07" in shown


class _Reader(HTMLParser):
    """The elements of a page, in order, and what policy and scripts it has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = tag if tag in {"script", "style"} else ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self.texts[self._in] = self.texts.get(self._in, "") + data if self._in == "style" else data


def _read(found: Inspection) -> _Reader:
    reader = _Reader()
    reader.feed(inspection_page.render(found))
    reader.close()
    return reader


@pytest.mark.parametrize("found", [scene(), inspected(HOSTILE)], ids=["scene", "hostile"])
def test_the_page_allows_its_own_style_and_script_and_nothing_else(found: Inspection) -> None:
    reader = _read(found)
    (policy,) = (
        attrs["content"] or ""
        for tag, attrs in reader.elements
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    digests = {
        name: base64.b64encode(hashlib.sha256(reader.texts[name].encode()).digest()).decode()
        for name in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}';"
        " base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("found", [scene(), inspected(HOSTILE)], ids=["scene", "hostile"])
def test_the_page_names_nothing_outside_of_itself(found: Inspection) -> None:
    reader = _read(found)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("script") == 2
    assert not {"img", "link", "iframe", "object", "base", "form", "b onerror"} & set(tags)
    for _, attrs in reader.elements:
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        for name in ("src", "href", "action"):
            assert (attrs.get(name) or "#").startswith("#")


def test_the_page_holds_nothing_invisible() -> None:
    page = inspection_page.render(inspected(HOSTILE))
    assert all(c.isprintable() or c == "\n" for c in page)


def test_the_steps_of_the_page_are_sound_json() -> None:
    page = inspection_page.render(inspected(HOSTILE))
    block = page.split('<script type="application/json" id="steps">', 1)[1].split("</script>", 1)[0]
    data = json.loads(block)
    assert [step["line"] for step in data["steps"]] == [1, 2, 5, 6, 7, 9, 10, 11, 12]
    assert "<" not in block


def test_a_huge_image_gives_a_page_of_bounded_size_that_says_what_was_cut() -> None:
    made = "".join(f"RUN mkdir -p {' '.join(f'/{n}/{m}' for m in range(1000))}\n" for n in range(3))
    many = "# a comment\n" * 5000
    found = inspected(f"FROM base\n{made}{many}")
    page, text = inspection_page.render(found), inspection_text.render(found)
    assert len(page) < 3_000_000
    assert re.search(r"\d+ more paths are not shown", page)
    assert re.search(r"\d+ more lines are not shown", page)
    assert len(text) < 200_000
    assert re.search(r"… \d+ more", text)


def test_a_path_as_deep_as_linux_allows_is_drawn() -> None:
    found = inspected(f"FROM base\nRUN mkdir -p {'/d' * 1500}\nRUN rmdir {'/d' * 1500}\n")
    text, page = inspection_text.render(found), inspection_page.render(found)
    assert max(map(len, text.splitlines())) < 3500
    assert len(text) < 300_000
    assert "more paths are not shown" in page
    assert len(re.findall(r"<ul[ >]", page)) == page.count("</ul>")
