"""Brace expansion: `a{b,c}d` to `abd acd`, `{1..3}` to `1 2 3` (bash manual, "Brace Expansion").

bash expands braces; dash and ash do not, for them a word with braces is that word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.core.source import Text
from dfguard.core.texts import joined, made_up
from dfguard.syntax.shell.nodes import Literal, Parameter, Part, Substitution, Word

if TYPE_CHECKING:
    from dfguard.syntax.shell.grammar.pieces import Work


MOST_WORDS = 256
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?|([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?")

_Item = Part | Text
"""One character outside quotes, or a part that braces do not look into."""


def expanded(word: Word, work: Work) -> tuple[Word, ...]:
    """The words bash makes of it, each with the whole word as `raw`; one word of unknown value when there are
    more than MOST_WORDS.
    """
    if not work.take(len(word.raw.value)):
        return (_unknown(word),)
    items: list[_Item] = []
    for part in word.parts:
        if isinstance(part, Literal) and not part.is_quoted:
            items += [part.text.cut(i, i + 1) for i in range(len(part.text.value))]
        else:
            items.append(part)
    if sum(item.value == "{" for item in items if isinstance(item, Text)) > MOST_WORDS:
        return (_unknown(word),)
    results = _alternatives(items)
    if results is None:
        return (_unknown(word),)
    if results[0] is items:
        return (word,)
    return tuple(Word(word.raw, _parts(result, word)) for result in results)


def _unknown(word: Word) -> Word:
    return Word(word.raw, (Substitution(None, word.span, False),))


def _alternatives(items: list[_Item], depth: int = 0) -> list[list[_Item]] | None:
    """All expansions of the items, None when there are too many."""
    if depth > 20:
        return None
    start = 0
    while (opened := _find(items, "{", start)) is not None:
        choices, closed = _choices(items, opened)
        if choices is None:
            start = opened + 1
            continue
        tails = _alternatives(items[closed + 1 :], depth + 1)
        heads: list[list[_Item]] = []
        for choice in choices:
            inner = _alternatives(choice, depth + 1)
            if inner is None or tails is None or len(heads) + len(inner) > MOST_WORDS:
                return None
            heads += inner
        if len(heads) * len(tails or ()) > MOST_WORDS:
            return None
        return [[*items[:opened], *head, *tail] for head in heads for tail in tails or ()]
    return [items]


def _find(items: list[_Item], character: str, start: int) -> int | None:
    return next((i for i in range(start, len(items)) if _character(items[i]) == character), None)


def _character(item: _Item) -> str:
    return item.value if isinstance(item, Text) else ""


def _choices(items: list[_Item], opened: int) -> tuple[list[list[_Item]] | None, int]:
    """The alternatives of the brace at `opened` and the index of its `}`; None when it is an ordinary character."""
    depth, commas = 0, [opened]
    for i in range(opened, len(items)):
        c = _character(items[i])
        if c == "{":
            depth += 1
        elif c == "," and depth == 1:
            commas.append(i)
        elif c == "}":
            depth -= 1
            if not depth:
                if len(commas) > 1:
                    ends = [*commas[1:], i]
                    return [items[a + 1 : b] for a, b in zip(commas, ends, strict=True)], i
                return _sequence(items[opened + 1 : i]), i
    return None, opened


def _sequence(items: list[_Item]) -> list[list[_Item]] | None:
    texts = [item for item in items if isinstance(item, Text)]
    found = _RANGE.fullmatch("".join(text.value for text in texts))
    if len(texts) != len(items) or found is None:
        return None
    low, high, step, first, last, letter_step = found.groups()
    a, b = (ord(first), ord(last)) if first else (int(low), int(high))
    stride = abs(int(letter_step or step or 1)) or 1
    values = range(a, b + 1, stride) if a <= b else range(a, b - 1, -stride)
    if len(values) > MOST_WORDS:
        return [[]] * (MOST_WORDS + 1)
    is_padded = any(re.match(r"-?0\d", text or "") for text in (low, high))
    width = max(len(low), len(high)) if is_padded else 0
    made = [chr(v) if first else f"{v:0{width}d}" for v in values]
    return [[made_up(text, texts[0].source, texts[0].offset(0))] for text in made]


def _parts(items: list[_Item], word: Word) -> tuple[Part, ...]:
    parts: list[Part] = []
    texts: list[Text] = []
    for item in [*items, None]:
        if isinstance(item, Text):
            if not texts and parts and (longer := _longer_name(parts[-1], item)):
                parts[-1] = longer
            else:
                texts.append(item)
            continue
        if texts:
            parts.append(Literal(joined(texts), False))
            texts = []
        if item is not None:
            parts.append(item)
    return tuple(parts) or (Literal(word.raw.cut(0, 0), True),)


def _longer_name(part: Part, character: Text) -> Part | None:
    """`$NAME{a,b}` is `$NAMEa $NAMEb`: braces are expanded before parameters are found."""
    if not (isinstance(part, Parameter) and part.name.isidentifier() and not part.operator):
        return None
    is_bare = part.span.end - part.span.start == len(part.name) + 1
    if is_bare and (character.value.isalnum() or character.value == "_"):
        return Parameter(part.name + character.value, part.span, part.is_quoted)
    return None
