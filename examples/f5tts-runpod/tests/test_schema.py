"""Every input of a job: what is taken, and the sentence that each bad one gets."""

import base64

import pytest
from schema import InputError, Link, Request, Upload, Voice, parse_request

VOICES = {"default": "What the voice says.", "anna": "Hello, this is Anna."}
CLIP = base64.b64encode(b"RIFF and so on").decode("ascii")
GOOD = {"gen_text": "Say this.", "ref_audio": CLIP, "ref_text": "Said that."}


def test_the_smallest_job_gets_the_defaults() -> None:
    assert parse_request(GOOD, VOICES) == Request(
        gen_text="Say this.",
        reference=Upload(b"RIFF and so on"),
        ref_text="Said that.",
        speed=1.0,
        seed=None,
        nfe_step=32,
        output_format="wav",
        delivery="auto",
    )


def test_every_field_is_taken() -> None:
    job = GOOD | {
        "ref_audio": "https://example.org/clip.wav",
        "speed": 2,
        "seed": 7,
        "nfe_step": 16,
        "output_format": "ogg",
        "delivery": "bucket",
    }
    assert parse_request(job, VOICES) == Request(
        "Say this.", Link("https://example.org/clip.wav"), "Said that.", 2.0, 7, 16, "ogg", "bucket"
    )


@pytest.mark.parametrize(
    ("extra", "ref_text"),
    [
        pytest.param({}, "Hello, this is Anna.", id="the voice brings its text"),
        pytest.param({"ref_text": None}, "Hello, this is Anna.", id="null is as good as absent"),
        pytest.param({"ref_text": "Mine."}, "Mine.", id="unless the job brings one"),
    ],
)
def test_a_named_voice(extra: dict[str, object], ref_text: str) -> None:
    request = parse_request({"gen_text": "x", "ref_audio": "voice:anna"} | extra, VOICES)
    assert (request.reference, request.ref_text) == (Voice("anna"), ref_text)


@pytest.mark.parametrize(
    "clip",
    [
        pytest.param(f"data:audio/wav;base64,{CLIP}", id="data URI"),
        pytest.param(f"data:audio/ogg;codecs=opus;base64,{CLIP}", id="data URI with parameters"),
        pytest.param(f"{CLIP[:8]}\n{CLIP[8:]}\n", id="wrapped lines"),
    ],
)
def test_forms_of_base64(clip: str) -> None:
    assert parse_request(GOOD | {"ref_audio": clip}, VOICES).reference == Upload(b"RIFF and so on")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"gen_text": None}, "gen_text is required", id="no text"),
        pytest.param({"gen_text": "  "}, "gen_text must not be blank", id="blank text"),
        pytest.param({"gen_text": 5}, "gen_text must be a string, not a number", id="text of another type"),
        pytest.param(
            {"gen_text": "x" * 5001}, "gen_text has 5001 characters; the limit is 5000", id="text too long"
        ),
        pytest.param({"ref_audio": None}, "ref_audio is required", id="no reference"),
        pytest.param({"ref_audio": ["x"]}, "ref_audio must be a string, not an array", id="two references"),
        pytest.param(
            {"ref_audio": "ftp://host/clip.wav"},
            "ref_audio is neither a URL (http or https), nor voice:NAME, nor base64",
            id="another scheme",
        ),
        pytest.param(
            {"ref_audio": "/etc/passwd!"},
            "ref_audio is neither a URL (http or https), nor voice:NAME, nor base64",
            id="a path",
        ),
        pytest.param({"ref_audio": ""}, "ref_audio must not be blank", id="blank reference"),
        pytest.param(
            {"ref_audio": "https://h/" + "x" * 2000},
            "ref_audio is a URL of 2010 characters; the limit is 2000",
            id="long URL",
        ),
        pytest.param(
            {"ref_audio": "A" * 12_000_000},
            "ref_audio has about 9000000 bytes; the limit is 8000000",
            id="reference too large",
        ),
        pytest.param(
            {"ref_audio": "voice:bob"},
            "ref_audio names the voice 'bob'; the voices of this worker are: anna, default",
            id="unknown voice",
        ),
        pytest.param(
            {"ref_text": None},
            "ref_text is required: write out what ref_audio says (this worker does not transcribe)",
            id="no reference text",
        ),
        pytest.param({"ref_text": ""}, "ref_text must not be blank", id="blank reference text"),
        pytest.param(
            {"ref_text": "y" * 1001},
            "ref_text has 1001 characters; the limit is 1000",
            id="reference text too long",
        ),
        pytest.param(
            {"speed": 0.2},
            "speed must be between 0.3 and 3.0 times the pace of the reference, not 0.2",
            id="slow",
        ),
        pytest.param(
            {"speed": float("nan")},
            "speed must be between 0.3 and 3.0 times the pace of the reference, not nan",
            id="no speed at all",
        ),
        pytest.param({"speed": "fast"}, "speed must be a number, not a string", id="speed in words"),
        pytest.param({"speed": True}, "speed must be a number, not a boolean", id="a boolean is no number"),
        pytest.param({"seed": -1}, "seed must be between 0 and 4294967295, not -1", id="negative seed"),
        pytest.param({"seed": 1.5}, "seed must be a whole number, not 1.5", id="half a seed"),
        pytest.param({"seed": float("inf")}, "seed must be a whole number, not inf", id="endless seed"),
        pytest.param(
            {"nfe_step": 65}, "nfe_step must be between 2 and 64 steps, not 65", id="too many steps"
        ),
        pytest.param(
            {"output_format": "aac"}, "output_format must be one of wav, flac, mp3, ogg", id="unknown format"
        ),
        pytest.param(
            {"delivery": "mail"}, "delivery must be one of auto, inline, bucket", id="unknown delivery"
        ),
        pytest.param(
            {"volume": 3},
            "volume is no input; the inputs are gen_text, ref_audio, ref_text, speed, seed, nfe_step,"
            " output_format, delivery",
            id="unknown field",
        ),
        pytest.param(
            {"gen_text": "", "speed": 9, "seed": "x"},
            "gen_text must not be blank; speed must be between 0.3 and 3.0 times the pace of the reference,"
            " not 9; seed must be a number, not a string",
            id="all faults at once",
        ),
    ],
)
def test_a_bad_input_gets_its_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_request(GOOD | change, VOICES)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("job_input", "kind"),
    [
        pytest.param(None, "null", id="nothing"),
        pytest.param("hello", "a string", id="text"),
        pytest.param([GOOD], "an array", id="list"),
    ],
)
def test_an_input_that_is_no_object(job_input: object, kind: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_request(job_input, VOICES)
    assert str(refusal.value) == f"input must be an object with fields, not {kind}"
