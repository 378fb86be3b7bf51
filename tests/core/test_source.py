"""Laws of sources, texts and edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.edits import apply_edits, compatible
from dfguard.core.findings import Edit, Fix
from dfguard.core.record import Record, replace, values
from dfguard.core.source import Place, Source, Span, Text, TextBuilder

texts = st.text(st.sampled_from("ab \n\ré\ufeff☃"), max_size=40)


@given(st.binary(max_size=60))
def test_bytes_come_back_exactly(data: bytes) -> None:
    assert Source.decode("x", data).encode() == data


@given(texts)
def test_positions_grow_with_offsets_and_name_the_line(text: str) -> None:
    source = Source("x", text)
    positions = [source.position(offset) for offset in range(len(text) + 1)]
    assert positions == sorted(positions)
    assert positions[-1][0] == text.count("\n") + 1
    for offset, (line, _) in enumerate(positions[:-1]):
        assert text[offset] == "\n" or text[offset] in source.line_text(line) + "\r"


def test_a_byte_order_mark_takes_no_column() -> None:
    assert Source("x", "\ufeffFROM a").position(1) == (1, 1)


@given(texts, st.data())
def test_cutting_keeps_every_origin(text: str, data: st.DataObject) -> None:
    whole = Source("x", "__" + text).text_of(Span(2, 2 + len(text)))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = whole.cut(start, end)
    assert part.value == text[start:end]
    assert [part.offset(i) for i in range(end - start)] == list(range(2 + start, 2 + end))


def _shuffled(text: Text, pieces: list[tuple[int, int, str]]) -> Text:
    builder = TextBuilder(text)
    for start, length, made_up in pieces:
        end = min(start + length, len(text.value))
        builder.keep(min(start, end), end)
        builder.put(made_up, max(0, end - 1))
    return builder.text()


pieces = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.text("XY", max_size=2)), max_size=6)


@given(pieces)
def test_kept_characters_stand_at_their_offsets(parts: list[tuple[int, int, str]]) -> None:
    source = Source("x", "0123456789")
    built = _shuffled(source.text_of(Span(0, 10)), parts)
    for index, character in enumerate(built.value):
        if character not in "XY":
            assert source.text[built.offset(index)] == character


def test_a_span_covers_what_was_joined() -> None:
    source = Source("x", "ab\\\ncd")
    builder = TextBuilder(source.text_of(Span(0, 6)))
    builder.keep(0, 2)
    builder.keep(4, 6)
    joined = builder.text()
    assert joined.value == "abcd"
    assert joined.span(1, 3) == Span(1, 5)
    assert joined.span(4, 4) == Span(6, 6)


def test_first_bad_offset_is_the_first_byte_that_is_not_utf8() -> None:
    assert Source.decode("x", b"a\xc3\xa9\xff").first_bad_offset() == 2
    assert Source.decode("x", "é".encode()).first_bad_offset() is None


def _edit(source: Source, start: int, end: int, text: str) -> Edit:
    return Edit(Place(source, Span(start, end)), text)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.text("xy", max_size=3)), max_size=5))
def test_disjoint_edits_change_only_their_places(wanted: list[tuple[int, int, str]]) -> None:
    source = Source("f", "abcdefghijklmnopqrstuvwxyz")
    edits = [_edit(source, start, start + length, text) for start, length, text in wanted]
    chosen = compatible(Fix("t", (edit,), is_safe=True) for edit in edits)
    taken = sorted((f.edits[0] for f in chosen), key=lambda e: e.place.span.start)
    expected, at = "", 0
    for edit in taken:
        expected += source.text[at : edit.place.span.start] + edit.text
        at = edit.place.span.end
    assert apply_edits(source, taken) == expected + source.text[at:]


def test_overlapping_edits_are_refused() -> None:
    source = Source("f", "abcdef")
    with pytest.raises(ValueError, match="overlapping"):
        apply_edits(source, [_edit(source, 0, 3, "x"), _edit(source, 2, 4, "y")])


class Point(Record):
    x: int
    y: int = 0


class Named(Point):
    name: str = ""


def test_records_compare_hash_and_change_by_fields() -> None:
    assert Point(1) == Point(1, 0) == Point(x=1, y=0)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1, 0), Point(2)}) == 2
    assert replace(Named(1, 2, "a"), y=5) == Named(1, 5, "a")
    assert values(Point(3)) == {"x": 3, "y": 0}
    assert repr(Point(1)) == "Point(x=1, y=0)"


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        pytest.param((), {}, id="missing"),
        pytest.param((1, 2, 3), {}, id="too many"),
        pytest.param((1,), {"z": 1}, id="unknown"),
    ],
)
def test_a_record_refuses_wrong_fields(arguments: tuple[int, ...], keywords: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="Point"):
        Point(*arguments, **keywords)


def test_a_record_is_frozen() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
