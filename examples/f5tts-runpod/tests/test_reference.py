"""Reference audio: which clips serve, and what the others are told; URLs against a real HTTP server."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile
from reference import Clip, find_voices, prepare_clip
from schema import InputError, Link, Upload, Voice

from sounds import audio_file, speech_like

CLIP = audio_file(speech_like(3.0))


@pytest.mark.parametrize(
    ("encoded", "seconds"),
    [
        pytest.param(CLIP, 3.0, id="WAV"),
        pytest.param(audio_file(speech_like(3.0), container="FLAC"), 3.0, id="FLAC"),
        pytest.param(audio_file(speech_like(3.0), container="OGG"), 3.0, id="OGG"),
        pytest.param(audio_file(speech_like(3.0), container="MP3"), 3.0, id="MP3"),
        pytest.param(audio_file(speech_like(2.0, rate=44_100), rate=44_100), 2.0, id="44.1 kHz"),
        pytest.param(audio_file(np.stack([speech_like(2.0)] * 2, axis=1)), 2.0, id="stereo"),
    ],
)
def test_a_clip_becomes_mono_16_bit_wav(encoded: bytes, seconds: float, tmp_path: Path) -> None:
    clip = prepare_clip(Upload(encoded), {}, tmp_path)
    info = soundfile.info(clip.path)
    assert (info.format, info.subtype, info.channels) == ("WAV", "PCM_16", 1)
    assert clip.seconds == pytest.approx(seconds, abs=0.1)


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    """F5-TTS remembers clips by the hash of their file."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    clips = [prepare_clip(Upload(CLIP), {}, tmp_path / folder) for folder in "ab"]
    assert len({hashlib.sha256(clip.path.read_bytes()).digest() for clip in clips}) == 1


@pytest.mark.parametrize(
    ("encoded", "sentence"),
    [
        pytest.param(
            b"<html>", "ref_audio is no audio that can be read (WAV, FLAC, OGG and MP3 can)", id="not audio"
        ),
        pytest.param(
            CLIP[:40], "ref_audio is no audio that can be read (WAV, FLAC, OGG and MP3 can)", id="cut off"
        ),
        pytest.param(
            audio_file(speech_like(0.5)), "ref_audio is 0.5 s long; give at least 1 s", id="too short"
        ),
        pytest.param(
            audio_file(speech_like(14.0), container="FLAC"),
            "ref_audio is longer than 12 s; give 5 to 12 s",
            id="too long",
        ),
        pytest.param(
            audio_file(np.zeros(8_000 * 3_600, dtype=np.float32), rate=8_000, container="FLAC"),
            "ref_audio is longer than 12 s; give 5 to 12 s",
            id="an hour in a small file",
        ),
        pytest.param(
            audio_file(np.zeros(48_000, dtype=np.float32)),
            "ref_audio is silent (-200 dBFS; it needs more than -50)",
            id="silence",
        ),
        pytest.param(
            audio_file(speech_like(2.0, rate=4_000), rate=4_000),
            "ref_audio has 1 channels at 4000 Hz; allowed are up to 8 channels at 8000 to 192000 Hz",
            id="too low a rate",
        ),
    ],
)
def test_a_clip_that_cannot_serve(encoded: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        prepare_clip(Upload(encoded), {}, tmp_path)
    assert str(refusal.value) == sentence


def test_samples_that_are_no_numbers(tmp_path: Path) -> None:
    samples = speech_like(2.0)
    samples[100] = np.nan
    soundfile.write(tmp_path / "nan.wav", samples, 24_000, subtype="FLOAT")
    with pytest.raises(InputError, match="ref_audio has samples that are no numbers"):
        prepare_clip(Upload((tmp_path / "nan.wav").read_bytes()), {}, tmp_path)


def test_the_default_voice_is_there_and_serves(tmp_path: Path) -> None:
    voices = find_voices(None)
    clip = prepare_clip(Voice("default"), voices, tmp_path)
    assert sorted(voices) == ["default"]
    assert clip.seconds == pytest.approx(5.3, abs=0.1)


def test_a_folder_adds_voices(tmp_path: Path) -> None:
    (tmp_path / "anna.wav").write_bytes(CLIP)
    (tmp_path / "anna.txt").write_text("Hello, this is Anna.\n", encoding="utf-8")
    voices = find_voices(tmp_path)
    assert (sorted(voices), voices["anna"].text) == (["anna", "default"], "Hello, this is Anna.")


def test_a_voice_without_its_text_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "anna.wav").write_bytes(CLIP)
    with pytest.raises(FileNotFoundError, match=r"anna\.txt"):
        find_voices(tmp_path)


class _Shelf(BaseHTTPRequestHandler):
    """Serves the clip, and everything else a URL can lead to."""

    def do_GET(self) -> None:
        """Answer by path."""
        match self.path:
            case "/clip.wav":
                self._send(200, CLIP)
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/clip.wav")
                self.end_headers()
            case "/huge":
                self.send_response(200)
                self.end_headers()
                self._pour()
            case _:
                self._send(404, b"no")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pour(self) -> None:
        """More than anyone asked for, without saying how much."""
        try:
            for _ in range(200):
                self.wfile.write(b"\0" * 100_000)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shelf() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own switch for fetching from private addresses, where the test server is."""
    monkeypatch.setenv("RUNPOD_ALLOW_PRIVATE_DOWNLOAD_URLS", "1")


@pytest.mark.usefixtures("inside_allowed")
@pytest.mark.parametrize("path", ["/clip.wav", "/moved"])
def test_a_clip_behind_a_url(shelf: str, path: str, tmp_path: Path) -> None:
    assert prepare_clip(Link(shelf + path), {}, tmp_path) == Clip(tmp_path / "reference.wav", 3.0)


@pytest.mark.usefixtures("inside_allowed")
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        pytest.param("/missing", "ref_audio answered with HTTP 404", id="not there"),
        pytest.param("/huge", "ref_audio is larger than 8000000 bytes", id="endless body"),
    ],
)
def test_a_url_that_does_not_serve(shelf: str, path: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        prepare_clip(Link(shelf + path), {}, tmp_path)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:1/clip.wav", id="loopback"),
        pytest.param("http://169.254.169.254/latest/meta-data/", id="metadata of the cloud"),
        pytest.param("http://10.0.0.1/clip.wav", id="private network"),
        pytest.param("http://[::1]/clip.wav", id="loopback, version 6"),
        pytest.param("http://[::ffff:10.0.0.1]/clip.wav", id="private network in disguise"),
        pytest.param("http://2130706433/clip.wav", id="loopback as one number"),
        pytest.param("http://no-such-host.invalid/clip.wav", id="a name that leads nowhere"),
    ],
)
def test_addresses_inside_are_refused_without_naming_them(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        prepare_clip(Link(url), {}, tmp_path)
    assert str(refusal.value) == "ref_audio must be a URL that leads to a public address"


def test_a_server_that_refuses_connections(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNPOD_ALLOW_PRIVATE_DOWNLOAD_URLS", "1")
    with pytest.raises(InputError, match="ref_audio could not be downloaded"):
        prepare_clip(Link("http://127.0.0.1:1/clip.wav"), {}, tmp_path)


def test_an_upload_is_what_its_base64_says(tmp_path: Path) -> None:
    clip = prepare_clip(Upload(base64.b64decode(base64.b64encode(CLIP))), {}, tmp_path)
    assert soundfile.read(clip.path)[0] == pytest.approx(speech_like(3.0), abs=1e-3)
