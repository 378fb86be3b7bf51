"""Which platform is assumed when nobody names one, and what the report says of it."""

from __future__ import annotations

import pytest

from dfguard.checks.registry import find
from dfguard.checks.rule import Bad, Rule
from dfguard.config.settings import Settings
from dfguard.core.findings import Certainty
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target
from dfguard.testing import Case, cases, findings, unmark


@pytest.mark.parametrize(
    ("text", "files", "platform"),
    [
        pytest.param(
            "FROM python:3.11\nRUN pip install runpod\n", {}, "runpod-serverless", id="the worker library"
        ),
        pytest.param("FROM runpod/pytorch:2.1.0\n", {}, "runpod-pods", id="a template image without it"),
        pytest.param("FROM public.ecr.aws/lambda/python:3.11\n", {}, "aws-lambda", id="the base image"),
        pytest.param("FROM python:3.11\n", {"cog.yaml": ""}, "replicate-cog", id="a file of the repository"),
        pytest.param(
            "FROM python:3.11\n", {"app.py": "import runpod\n"}, "docker", id="code that nothing starts"
        ),
    ],
)
def test_the_platform_is_told_from_code_base_and_files(
    text: str, files: dict[str, str], platform: str
) -> None:
    every = {**files, "Dockerfile": text}
    surroundings = Surroundings(Repository(MemoryFiles(every), "Dockerfile"))
    target = Target(Source("Dockerfile", text), InMemoryContext(every), surroundings)
    report = check_target(target, Settings(select=("DFG2",)))
    assert report.platform == platform
    assert report.platform_reason


APP = "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('org/model')\n"
IMAGE = 'FROM python:3.11\nENV HF_HOME=/models\nRUN hf download org/model\nCOPY app.py /\nCMD ["python", "/app.py"]\n'
SERVICE = "services:\n  web:\n    build: .\n    image: org/web:1\n"
POD = """\
kind: ConfigMap
---
kind: Deployment
spec:
  template:
    spec:
      containers:
      - name: web
        image: org/web:2
        volumeMounts: [{name: cache, mountPath: /models}]
      volumes: [{name: cache, emptyDir: {}}]
"""


def _rules(files: dict[str, str], text: str = IMAGE) -> tuple[str, set[str]]:
    """The platform's id and the rules that find something for sure."""
    every = {"app.py": APP, **files, "Dockerfile": text}
    surroundings = Surroundings(Repository(MemoryFiles(every), "Dockerfile"))
    target = Target(Source("Dockerfile", text), InMemoryContext(every), surroundings)
    report = check_target(target, Settings(select=("DFG201", "DFG218", "DFG302")))
    return report.platform, {d.rule for d in report.shown(maybe=False)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, ("docker", set()), id="no deployment"),
        pytest.param({"compose.yaml": SERVICE}, ("docker-compose", set()), id="a plain service"),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    tmpfs: /models\n"}, ("docker-compose", {"DFG201"}), id="a tmpfs"
        ),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    volumes: [./weights:/models]\n"},
            ("docker-compose", {"DFG201"}),
            id="a bind mount of what the repository lacks",
        ),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    volumes: [.:/models]\n"},
            ("docker-compose", set()),
            id="a bind mount of the repository itself",
        ),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    volumes: [weights:/models]\n"},
            ("docker-compose", set()),
            id="a named volume is filled from the image",
        ),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    environment:\n      HF_HOME: /data\n"},
            ("docker-compose", {"DFG302"}),
            id="a variable that wins over ENV",
        ),
        pytest.param(
            {"compose.yaml": f"{SERVICE}    environment: [HF_HOME=/models]\n"},
            ("docker-compose", set()),
            id="a list that says the same",
        ),
        pytest.param(
            {"compose.yaml": SERVICE.replace("build: .", "build: ./other")},
            ("docker", set()),
            id="another Dockerfile's service",
        ),
        pytest.param({"compose.yaml": "services: [\n"}, ("docker", set()), id="no YAML"),
    ],
)
def test_the_repositorys_own_deployment_counts(files: dict[str, str], expected: tuple[str, set[str]]) -> None:
    assert _rules(files) == expected


def test_a_read_only_service_cannot_download() -> None:
    text = IMAGE.replace("RUN hf download org/model\n", "")
    assert _rules({"compose.yaml": f"{SERVICE}    read_only: true\n"}, text) == (
        "docker-compose",
        {"DFG218"},
    )


WORKFLOW = """\
jobs:
  build:
    steps:
    - run: docker build -t org/web:1 .
"""


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"compose.yaml": SERVICE}, id="the compose file names the image"),
        pytest.param({".github/workflows/build.yml": WORKFLOW}, id="a workflow names it"),
    ],
)
def test_the_manifests_of_a_repository_give_the_mounts(files: dict[str, str]) -> None:
    assert _rules({**files, "k8s/web.yaml": POD}) == ("kubernetes", {"DFG201"})
    assert _rules({**files, "k8s/web.yaml": POD.replace("org/web", "org/db")})[0] != "kubernetes"


def test_a_mount_of_a_manifest_knows_its_place() -> None:
    every = {"compose.yaml": SERVICE, "k8s/web.yaml": POD, "Dockerfile": IMAGE}
    composed, deployed = Repository(MemoryFiles(every), "Dockerfile").containers()
    assert composed.mounts == ()
    assert [(m.path, m.kind) for m in deployed.mounts] == [("/models", "emptyDir")]
    assert deployed.mounts[0].place.text.startswith("{name: cache")


def test_the_ports_of_a_deployment_are_those_of_the_container() -> None:
    ports = "['127.0.0.1:8080:80/tcp', 9000, '3000-3005', {target: 70, published: 7000}]"
    service = (
        f"services:\n  web:\n    build: .\n    image: org/web\n    ports: {ports}\n    command: [serve]\n"
    )
    pod = POD.replace("volumeMounts", "ports: [{containerPort: 81}]\n        volumeMounts")
    every = {"compose.yaml": service, "k8s/web.yaml": pod, "Dockerfile": IMAGE}
    composed, deployed = Repository(MemoryFiles(every), "Dockerfile").containers()
    assert (composed.ports, composed.has_command, composed.is_on_host) == ((80, 9000, 70), True, False)
    assert deployed.ports == (81,)


MODELS = [c for c in cases(tuple(find("DFG3"))) if isinstance(c.example, Bad)]
"""Of DFG312 and DFG311 the other user's home makes a DFG302: it looks in another directory."""


@pytest.mark.parametrize("case", MODELS, ids=str)
def test_the_user_of_a_platform_silences_nothing_about_models(case: Case) -> None:
    example, options = case.example, dict(case.example.options or {})
    assert isinstance(example, Bad)
    text, files = unmark(example.text)[0], {n: unmark(t)[0] for n, t in (example.files or {}).items()}
    if "platform" in options or "FROM x" in text:
        return
    (mismatch,) = find("DFG302")

    def sure(rule: Rule, platform: str) -> set[tuple[str, int]]:
        found = findings(rule, text, files, example.name, {**options, "platform": platform})
        return {(d.finding.place.path, d.span.start) for d in found if d.finding.certainty is Certainty.SURE}

    lost = sure(case.rule, "docker") - sure(case.rule, "hf-spaces-docker")
    assert not lost or sure(mismatch, "hf-spaces-docker"), lost
