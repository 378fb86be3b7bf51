"""What lies beside the code agrees with it: locks, Dockerfile, the files of RunPod's Hub, the workflow."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from schema import parse_request

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").glob("*.py"))
DOCKERFILE = (ROOT / "Dockerfile.runpod").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-hub.lock")


def pins(lock: str) -> dict[str, str]:
    """Name to version of each package in a lock file."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def loaded(name: str) -> Any:
    """The JSON file NAME in .runpod."""
    return json.loads((ROOT / ".runpod" / name).read_text(encoding="utf-8"))


def imports(source: Path) -> set[str]:
    """The top-level modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_for_the_image_has_only_exact_versions_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert all(
        re.match(r"[a-z0-9._-]+==\S+ \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line) for line in lines
    )


def test_what_builds_and_fetches_has_the_versions_of_the_image() -> None:
    image = pins("requirements.lock")
    for lock in ("requirements-build.lock", "requirements-hub.lock"):
        assert pins(lock).items() <= image.items()


def test_the_lock_leaves_out_what_inference_never_imports() -> None:
    for lock in ("requirements.lock", "tests/requirements.lock"):
        assert not pins(lock).keys() & {"gradio", "bitsandbytes", "transformers-stream-generator"}


def test_tests_and_image_run_the_same_f5_tts_and_sdk() -> None:
    tested, image = pins("tests/requirements.lock"), pins("requirements.lock")
    for name in ("f5-tts", "runpod", "boto3", "soundfile", "vocos", "x-transformers", "transformers"):
        assert tested[name] == image[name]


def test_every_import_is_in_the_image() -> None:
    names = packages_distributions()
    image = pins("requirements.lock").keys()
    local = {source.stem for source in SOURCES}
    for source in SOURCES:
        for module in imports(source) - local - set(sys.stdlib_module_names):
            distributions = {name.lower().replace("_", "-") for name in names[module]}
            assert distributions & image, f"{source.name} imports {module}"


def test_the_dockerfile_pins_what_it_takes_from_outside() -> None:
    outside = re.findall(r"^FROM (\S*[:/@]\S*)", DOCKERFILE, re.MULTILINE)
    assert outside
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in outside)
    assert DOCKERFILE.count("hf download") == len(re.findall(r"--revision [0-9a-f]{40}", DOCKERFILE)) == 2


def test_the_hub_file_has_what_the_hub_wants() -> None:
    hub = loaded("hub.json")
    assert {"title", "description", "type", "category", "config"} <= hub.keys()
    assert (hub["type"], hub["category"]) == ("serverless", "audio")
    config = hub["config"]
    assert {"runsOn", "containerDiskInGb", "gpuCount", "gpuIds"} <= config.keys()
    for variable in config["env"]:
        assert {"key"} < variable.keys() <= {"key", "value", "input"}
        assert not re.search("SECRET|TOKEN|PASSWORD|ACCESS_KEY", variable["key"])


@pytest.mark.parametrize("test", loaded("tests.json")["tests"], ids=lambda test: str(test["name"]))
def test_the_hub_tests_are_valid_jobs(test: dict[str, Any]) -> None:
    request = parse_request(test["input"], {"default": "What it says."})
    assert request.seed is not None
    assert test["timeout"] <= 600_000


def test_the_workflow_checks_and_does_not_build() -> None:
    workflow = (ROOT / ".github/workflows/worker.yml").read_text(encoding="utf-8")
    assert "dfguard check" in workflow
    assert not re.search(r"docker (build|buildx)|build-push-action", workflow)
    assert all(re.search(r"@[0-9a-f]{40} #", line) for line in workflow.splitlines() if "uses:" in line)
