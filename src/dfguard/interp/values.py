"""Abstract values: what a string of the build is known to be, and which bindings made it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dfguard.core.record import Record, replace

if TYPE_CHECKING:
    from dfguard.core.source import Place


class Binding(Record):
    """Something that gave a value its content: `ENV HF_HOME=/x`, an `ARG`, a base image's variable, an assignment.

    `name` is the variable (or `--mount`, `WORKDIR` ...), `text` the value it bound as written, `place` where (None:
    it comes from a pack or the command line; `origin` then says from what, for example `runpod/base:0.6.2`).
    """

    name: str
    text: str
    place: Place | None
    origin: str = ""


class Known(Record):
    """Exactly this text. `because`: the bindings it came through, outermost first, without repeats."""

    text: str
    because: tuple[Binding, ...] = ()


class OneOf(Record):
    """One of these texts (two or more, sorted)."""

    texts: tuple[str, ...]
    because: tuple[Binding, ...] = ()


class Unknown(Record):
    """We cannot tell; `why` completes the sentence `unknown: ...`, for example `ARG MODEL has no default`.

    `prefix` is what the text is known to start with (`/runpod-volume/` of `/runpod-volume/$MODEL`), often empty.
    `is_settled`: image and deployment decide it, no request does. `is_name`: `why` is nothing but the name of what is not
    known (`args.model`); `is_vague`: it says no more than that it is unknown. `reasons`: the single ones when several were
    joined to `why`.
    """

    why: str
    because: tuple[Binding, ...] = ()
    prefix: str = ""
    is_settled: bool = False
    is_name: bool = False
    is_vague: bool = False
    reasons: tuple[str, ...] = ()


Value = Known | OneOf | Unknown
MOST_ALTERNATIVES = 8
EMPTY = Known("")


def texts_of(value: Value) -> tuple[str, ...] | None:
    """All texts the value may have, sorted; None when unknown."""
    match value:
        case Known(text):
            return (text,)
        case OneOf(texts):
            return texts
        case Unknown():
            return None
    assert_never(value)


def known(value: Value) -> str | None:
    """The text of a Known value, else None."""
    return value.text if isinstance(value, Known) else None


def prefix_of(value: Value) -> str:
    """What the value is known to start with: all of a Known text."""
    texts = texts_of(value)
    if texts is None:
        return value.prefix if isinstance(value, Unknown) else ""
    return _common_prefix(texts)


def rest_of(value: Value, length: int) -> Value:
    """The value without its first characters, which are known."""
    match value:
        case Known(text, because):
            return Known(text[length:], because)
        case OneOf(texts, because):
            return OneOf(tuple(text[length:] for text in texts), because)
        case Unknown(_, _, prefix):
            return replace(value, prefix=prefix[length:])
    assert_never(value)


def _common_prefix(texts: tuple[str, ...]) -> str:
    low, high = min(texts), max(texts)
    length = next(
        (i for i, pair in enumerate(zip(low, high, strict=False)) if pair[0] != pair[1]),
        min(len(low), len(high)),
    )
    return low[:length]


def merge_because(*groups: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """The bindings of all groups in order, each once."""
    return tuple(dict.fromkeys(b for group in groups for b in group))


def join(a: Value, b: Value) -> Value:
    """The least value that covers both: commutative, associative, idempotent up to the order of `because`;
    Unknown absorbs, and more than MOST_ALTERNATIVES texts are Unknown.
    """
    if a == b:
        return a
    because = (
        merge_because(*sorted((a.because, b.because), key=repr)) if a.because != b.because else a.because
    )
    left, right = texts_of(a), texts_of(b)
    if left is None or right is None:
        both = tuple(value for value in (a, b) if isinstance(value, Unknown))
        return _unknown_of(both, because, _common_prefix((prefix_of(a), prefix_of(b))))
    texts = tuple(sorted({*left, *right}))
    if len(texts) == 1:
        return Known(texts[0], because)
    if len(texts) > MOST_ALTERNATIVES:
        return Unknown(f"more than {MOST_ALTERNATIVES} alternatives", because, _common_prefix(texts))
    return OneOf(texts, because)


def _unknown_of(values: tuple[Unknown, ...], because: tuple[Binding, ...], prefix: str) -> Unknown:
    reasons = tuple(sorted({why for value in values for why in value.reasons or (value.why,)}))
    is_one = len(reasons) == 1
    return Unknown(
        "; ".join(reasons[:MOST_ALTERNATIVES]),
        because,
        prefix,
        is_name=is_one and all(value.is_name for value in values),
        is_vague=any(value.is_vague for value in values),
        reasons=() if is_one else reasons[:MOST_ALTERNATIVES],
    )


def concat(parts: tuple[Value, ...]) -> Value:
    """The values one after the other; Unknown as soon as one is, or when there are too many alternatives."""
    because = merge_because(*(part.because for part in parts))
    texts = [""]
    for part in parts:
        if isinstance(part, Unknown):
            prefix = _common_prefix(tuple(head + prefix_of(part) for head in texts))
            return replace(part, because=because, prefix=prefix, is_settled=False)
        choices = part.texts if isinstance(part, OneOf) else (part.text,)
        texts = [head + tail for head in texts for tail in choices]
        if len(texts) > MOST_ALTERNATIVES:
            return Unknown(
                f"more than {MOST_ALTERNATIVES} alternatives", because, _common_prefix(tuple(texts))
            )
    unique = tuple(sorted(set(texts)))
    return Known(unique[0], because) if len(unique) == 1 else OneOf(unique, because)


def described(value: Value) -> str:
    """A value for a message: its text, its alternatives, or why it is unknown."""
    match value:
        case Known(text):
            return text
        case OneOf(texts):
            return " or ".join(texts)
        case Unknown(why):
            return f"something unknown ({why})"
    assert_never(value)
