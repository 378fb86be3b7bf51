"""Turns the input of a job into a Request, or says in one sentence per field what is wrong with it.

Limits are in the unit their name says. No audio is decoded and nothing is fetched here: see reference.py.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT_CHARACTERS = 5_000
MAX_REFERENCE_CHARACTERS = 1_000
MAX_REFERENCE_BYTES = 8_000_000
MAX_URL_CHARACTERS = 2_000
MAX_SEED = 2**32 - 1
SPEEDS = (0.3, 3.0)
STEPS = (2, 64)
FORMATS = ("wav", "flac", "mp3", "ogg")
DELIVERIES = ("auto", "inline", "bucket")
VOICE_PREFIX = "voice:"


class Refusal(Exception):
    """A job cannot be done; the text is one sentence for the caller and goes into the job's `error`."""


class InputError(Refusal):
    """The input of the job is at fault."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Reference audio that came inside the job: the bytes of an audio file."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """Reference audio behind an http or https URL."""

    url: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Reference audio that lies in the image under a name."""

    name: str


Reference = Upload | Link | Voice


@dataclass(frozen=True, slots=True)
class Request:
    """One valid job.

    `ref_text` is what the reference audio says; `seed` None means "draw one"; `speed` is a factor, 1.0 the
    pace of the reference; `nfe_step` counts the steps of the solver, more is slower and better.
    """

    gen_text: str
    reference: Reference
    ref_text: str
    speed: float = 1.0
    seed: int | None = None
    nfe_step: int = 32
    output_format: str = "wav"
    delivery: str = "auto"


def parse_request(job_input: object, voices: Mapping[str, str]) -> Request:
    """The request in `job_input`; `voices` maps the name of each voice in the image to what it says.

    Raises InputError with every fault found, joined by "; ".
    """
    if not isinstance(job_input, Mapping):
        raise InputError(f"input must be an object with fields, not {_kind(job_input)}")
    fields = {name: value for name, value in job_input.items() if value is not None}
    faults = [
        f"{name} is no input; the inputs are {', '.join(_READERS)}" for name in fields if name not in _READERS
    ]
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        try:
            if name in fields:
                values[name] = read(fields[name])
        except InputError as fault:
            faults.append(f"{name} {fault}")
    faults.extend(f"{name} is required" for name in ("gen_text", "ref_audio") if name not in fields)
    faults.extend(_complete_voice(values, fields, voices))
    if faults:
        raise InputError("; ".join(faults))
    values["reference"] = values.pop("ref_audio")
    return Request(**values)


def _complete_voice(
    values: dict[str, Any], fields: Mapping[str, object], voices: Mapping[str, str]
) -> list[str]:
    """Fill in what a named voice says; the faults of `ref_audio` and `ref_text` taken together."""
    match values.get("ref_audio"):
        case Voice(name) if name not in voices:
            known = ", ".join(sorted(voices)) or "none"
            return [f"ref_audio names the voice {name!r}; the voices of this worker are: {known}"]
        case Voice(name):
            values.setdefault("ref_text", voices[name])
            return []
    if "ref_text" in fields:
        return []
    return ["ref_text is required: write out what ref_audio says (this worker does not transcribe)"]


def _kind(value: object) -> str:
    """What JSON calls the type of `value`."""
    if isinstance(value, bool):
        return "a boolean"
    names = {int: "a number", float: "a number", str: "a string", list: "an array", type(None): "null"}
    return names.get(type(value), "an object")


def _text(limit: int) -> Callable[[object], str]:
    """A reader of text that is not blank and at most `limit` characters long."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise InputError(f"must be a string, not {_kind(value)}")
        if not value.strip():
            raise InputError("must not be blank")
        if len(value) > limit:
            raise InputError(f"has {len(value)} characters; the limit is {limit}")
        return value.strip()

    return read


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"must be a number, not {_kind(value)}")
    return value


def _speed(value: object) -> float:
    low, high = SPEEDS
    # A negated test, because every comparison with NaN is false.
    if not low <= _number(value) <= high:
        raise InputError(f"must be between {low} and {high} times the pace of the reference, not {value}")
    return float(_number(value))


def _whole(low: int, high: int, unit: str) -> Callable[[object], int]:
    """A reader of a whole number from `low` to `high`, both included."""

    def read(value: object) -> int:
        number = _number(value)
        if number != number or number in (float("inf"), float("-inf")) or number != int(number):  # noqa: PLR0124
            raise InputError(f"must be a whole number, not {value}")
        if not low <= number <= high:
            raise InputError(f"must be between {low} and {high}{unit}, not {value}")
        return int(number)

    return read


def _choice(names: tuple[str, ...]) -> Callable[[object], str]:
    """A reader of one of `names`."""

    def read(value: object) -> str:
        if value not in names:
            raise InputError(f"must be one of {', '.join(names)}")
        return str(value)

    return read


def _reference(value: object) -> Reference:
    """A URL, `voice:NAME`, or the bytes of an audio file as base64, with or without a `data:` prefix."""
    if not isinstance(value, str):
        raise InputError(f"must be a string, not {_kind(value)}")
    if value.startswith(VOICE_PREFIX):
        return Voice(value.removeprefix(VOICE_PREFIX))
    if re.match(r"https?://", value, re.IGNORECASE):
        if len(value) > MAX_URL_CHARACTERS:
            raise InputError(f"is a URL of {len(value)} characters; the limit is {MAX_URL_CHARACTERS}")
        return Link(value)
    encoded = re.sub(r"\Adata:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,", "", value)
    if not encoded.strip():
        raise InputError("must not be blank")
    if len(encoded) * 3 // 4 > MAX_REFERENCE_BYTES:
        raise InputError(f"has about {len(encoded) * 3 // 4} bytes; the limit is {MAX_REFERENCE_BYTES}")
    try:
        return Upload(base64.b64decode(re.sub(r"\s+", "", encoded), validate=True))
    except (binascii.Error, ValueError):
        raise InputError("is neither a URL (http or https), nor voice:NAME, nor base64") from None


_READERS: Mapping[str, Callable[[object], object]] = {
    "gen_text": _text(MAX_TEXT_CHARACTERS),
    "ref_audio": _reference,
    "ref_text": _text(MAX_REFERENCE_CHARACTERS),
    "speed": _speed,
    "seed": _whole(0, MAX_SEED, ""),
    "nfe_step": _whole(*STEPS, " steps"),
    "output_format": _choice(FORMATS),
    "delivery": _choice(DELIVERIES),
}
