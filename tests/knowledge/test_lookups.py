"""Names to what the packs know of them."""

from __future__ import annotations

import pytest

from dfguard.knowledge.caches import VariableUse
from dfguard.knowledge.images import Reference, parse_reference
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.model import distribution_name
from dfguard.knowledge.patterns import alternatives, glob_matches, name_matches

KNOWLEDGE = load_knowledge()


@pytest.mark.parametrize(
    ("call", "loader"),
    [
        ("transformers.AutoModel.from_pretrained", "transformers.from_pretrained"),
        (
            "transformers.models.whisper.WhisperForConditionalGeneration.from_pretrained",
            "transformers.from_pretrained",
        ),
        ("transformers.pipeline", "transformers.pipeline"),
        ("diffusers.StableDiffusionXLPipeline.from_pretrained", "diffusers.from_pretrained"),
        ("diffusers.AutoencoderKL.from_pretrained", "diffusers.from_pretrained"),
        ("huggingface_hub.snapshot_download", "huggingface_hub.snapshot_download"),
        ("huggingface_hub.HfApi().snapshot_download", "huggingface_hub.snapshot_download"),
        ("f5_tts.api.F5TTS", "f5_tts.api.F5TTS"),
        ("f5_tts.api.F5TTS().infer", "f5_tts.reference_text"),
        ("chatterbox.tts.ChatterboxTTS.from_pretrained", "chatterbox.from_pretrained"),
        ("ultralytics.YOLO", "ultralytics.YOLO"),
        ("nemo.collections.asr.models.ASRModel.from_pretrained", "nemo.from_pretrained"),
        ("torch.load", "torch.load"),
        ("whisper.load_model", "whisper.load_model"),
        ("my.module.load_model", None),
        ("transformers.Trainer", None),
        ("AutoModel.from_pretrained", None),
        ("json.load", None),
        ("", None),
    ],
)
def test_calls_find_their_loader(call: str, loader: str | None) -> None:
    found = KNOWLEDGE.loader_for_call(call)
    assert (found.id if found else None) == loader


@pytest.mark.parametrize(
    ("words", "loader"),
    [
        (("hf", "download", "a/b"), ("hf download", 2)),
        (("/opt/venv/bin/hf", "download"), ("hf download", 2)),
        (("python3.11", "-m", "spacy", "download", "en"), ("spacy download", 4)),
        (("python3", "-m", "nltk.downloader", "punkt"), ("nltk.downloader", 3)),
        (("huggingface-cli", "login"), None),
        (("ollama", "serve"), None),
        ((), None),
    ],
)
def test_commands_find_their_loader(words: tuple[str, ...], loader: tuple[str, int] | None) -> None:
    found = KNOWLEDGE.loader_for_command(words)
    assert (found and (found[0].id, found[1])) == loader


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("python", Reference("python", None, None)),
        ("docker.io/library/python:3.11", Reference("python", "3.11", None)),
        ("library/ubuntu:22.04@sha256:ab", Reference("ubuntu", "22.04", "sha256:ab")),
        ("localhost:5000/team/app:1", Reference("localhost:5000/team/app", "1", None)),
        ("localhost:5000/team/app", Reference("localhost:5000/team/app", None, None)),
        ("ghcr.io/swivid/f5-tts:main", Reference("ghcr.io/swivid/f5-tts", "main", None)),
        ("index.docker.io/runpod/base:1", Reference("runpod/base", "1", None)),
    ],
)
def test_references_are_taken_apart(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    ("reference", "hub"),
    [
        pytest.param("runpod/base:0.0.4", None, id="before the cache variables"),
        pytest.param("runpod/base:0.4.0-cuda11.8.0", "/runpod-volume/.cache/huggingface/", id="volume line"),
        pytest.param(
            "runpod/base:0.6.2-cuda12.2.0", "/runpod-volume/.cache/huggingface/", id="last volume line"
        ),
        pytest.param("runpod/base:0.6.3-cpu", "/runpod-volume/.cache/huggingface/", id="without CUDA"),
        pytest.param(
            "runpod/base:1.0.2-cuda1281-ubuntu2404", "/workspace/.cache/huggingface/", id="workspace line"
        ),
        pytest.param(
            "runpod/base:1.0.2-ubuntu2204", "/workspace/.cache/huggingface/", id="workspace line, CPU"
        ),
        pytest.param(
            "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
            "/workspace/.cache/huggingface/",
            id="built on it",
        ),
        pytest.param(
            "runpod/pytorch:2.4.0-py3.11-cuda12.4.1-devel-ubuntu22.04", None, id="the older line has none"
        ),
        pytest.param("python:3.11-slim", None, id="python"),
    ],
)
def test_runpod_images_set_the_hub_cache(reference: str, hub: str | None) -> None:
    image = KNOWLEDGE.base_image(reference)
    assert image is not None
    assert dict(image.environment).get("HF_HOME") == hub


@pytest.mark.parametrize(
    ("reference", "cuda", "ubuntu"),
    [
        ("runpod/base:0.3.1-cuda11.8.0", "11.8.0", "20.04"),
        ("runpod/base:0.4.2-cuda11.1.1", "11.1.1", "20.04"),
        ("runpod/base:0.4.2-cuda11.8.0", "11.8.0", "22.04"),
        ("runpod/base:0.6.3-cuda12.6.2", "12.6.2", "22.04"),
    ],
)
def test_the_volume_line_of_runpod_is_built_on_a_cuda_image(reference: str, cuda: str, ubuntu: str) -> None:
    image, below = (
        KNOWLEDGE.base_image(reference),
        KNOWLEDGE.base_image(f"nvidia/cuda:{cuda}-devel-ubuntu{ubuntu}"),
    )
    assert image is not None
    assert below is not None
    assert dict(image.environment)["CUDA_VERSION"] == image.cuda == cuda
    assert image.cuda_parts == "devel"
    assert set(below.commands) <= set(image.commands)


def test_a_row_takes_what_it_leaves_out_from_its_base() -> None:
    image = KNOWLEDGE.base_image("runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404")
    assert image is not None
    assert (image.cuda, image.cudnn, image.cuda_parts, image.workdir) == ("12.8.1", "9", "devel", "/")
    assert dict(image.distributions)["torch"] == "2.8.0"
    f5 = KNOWLEDGE.base_image("ghcr.io/swivid/f5-tts:main")
    assert f5 is not None
    assert f5.python is not None
    assert (f5.user, f5.workdir, f5.volumes) == (
        "root",
        "/workspace/F5-TTS",
        ("/root/.cache/huggingface/hub",),
    )
    assert (f5.python.version, f5.python.prefix, dict(f5.distributions)["torch"]) == (
        "3.11",
        "/opt/conda",
        "2.4.0",
    )
    assert dict(f5.environment)["PATH"].startswith(
        "/usr/local/nvidia/bin:/usr/local/cuda/bin:/opt/conda/bin:"
    )
    assert "git" in f5.commands
    assert "git" not in f5.lacks


@pytest.mark.parametrize(
    ("reference", "has", "lacks"),
    [
        ("python:3.11-slim", "pip", "git"),
        ("python:3.11", "git", "nvcc"),
        ("ubuntu:22.04", "bash", "python3"),
        ("alpine:3.20", "apk", "bash"),
        ("nvidia/cuda:12.4.1-devel-ubuntu22.04", "nvcc", "python3"),
        ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", "bash", "nvcc"),
        ("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime", "conda", "git"),
        ("node:20-bookworm-slim", "npm", "python3"),
    ],
)
def test_images_have_and_lack_commands(reference: str, has: str, lacks: str) -> None:
    image = KNOWLEDGE.base_image(reference)
    assert image is not None
    assert has in image.commands
    assert lacks in image.lacks
    assert not set(image.commands) & set(image.lacks)


@pytest.mark.parametrize(
    "reference", ["acme/private:1", "nvcr.io/nvidia/pytorch:24.01-py3", "nvidia/cuda", "python:2.7"]
)
def test_other_images_are_not_guessed(reference: str) -> None:
    assert KNOWLEDGE.base_image(reference) is None


def test_variables_know_who_reads_them() -> None:
    assert VariableUse("transformers", "cache", ">=4.36,<5.0") in KNOWLEDGE.variable("TRANSFORMERS_CACHE")
    assert all(use.versions != ">=5.0" for use in KNOWLEDGE.variable("TRANSFORMERS_CACHE"))
    assert {use.role for use in KNOWLEDGE.variable("HF_HUB_OFFLINE")} == {"offline"}
    assert KNOWLEDGE.variable("HF_CACHE_DIR") == ()
    assert KNOWLEDGE.misspelt("HF_CACHE_DIR") == (True, "HF_HUB_CACHE")
    assert KNOWLEDGE.misspelt("DEFAULT_HF_METRICS_CACHE") == (True, None)
    assert KNOWLEDGE.misspelt("HF_HOME") == (False, None)


def test_names_of_packages_and_modules_meet() -> None:
    assert (
        distribution_name("Sentence_Transformers")
        == distribution_name("sentence.transformers")
        == "sentence-transformers"
    )
    assert KNOWLEDGE.distribution_of("cv2.dnn") == "opencv-python"
    assert KNOWLEDGE.distribution_of("handler") is None
    misnamed = KNOWLEDGE.misnamed("f5_tts.model.F5TTS.infer")
    assert misnamed is not None
    assert misnamed.instead == "f5_tts.api.F5TTS"
    assert KNOWLEDGE.profile("default") == ("DEFAULT",)
    assert KNOWLEDGE.profile("nothing") is None


def test_frozen_libraries_follow_the_import() -> None:
    assert "huggingface_hub" in KNOWLEDGE.frozen_by("transformers")
    assert "f5_tts" in KNOWLEDGE.frozen_by("f5_tts")
    assert KNOWLEDGE.frozen_by("whisper") == ()


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.**.c", "a.c", True),
        ("a.**.c", "a.x.y.c", True),
        ("a.*Model.c", "a.AutoModel.c", True),
        ("a.*For*.c", "a.XForY.c", True),
        ("a.b", "a", False),
    ],
)
def test_name_patterns(pattern: str, name: str, is_match: bool) -> None:  # noqa: FBT001  a table
    assert name_matches(pattern, name) is is_match


def test_groups_stand_for_alternatives() -> None:
    assert alternatives("{a,b}.x.{c,d}") == ("a.x.c", "a.x.d", "b.x.c", "b.x.d")
    assert glob_matches("a*a", "aa")
    assert not glob_matches("a*a", "a")
