"""Which platform is assumed when nobody names one, and what the report says of it."""

from __future__ import annotations

import pytest

from dfguard.config.settings import Settings
from dfguard.core.project import Surroundings
from dfguard.core.source import Source
from dfguard.discover.files import MemoryFiles
from dfguard.discover.repository import Repository
from dfguard.discover.targets import Target
from dfguard.disk import InMemoryContext
from dfguard.lint import check_target


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
