"""DFG409: a base image whose tag was never published."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule


@rule(
    "DFG409",
    "base-tag-unknown",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG906", "DFG907"),
    sources=(
        "https://hub.docker.com/r/nvidia/cuda/tags",
        "https://hub.docker.com/r/pytorch/pytorch/tags",
        "https://github.com/runpod/containers",
    ),
    bad=(
        Bad("FROM «nvidia/cuda:12.1-runtime-ubuntu22.04»\n", message="the patch level is part of every tag"),
        Bad("FROM «nvidia/cuda»\n", message="no tag latest"),
        Bad("FROM «nvidia/cuda:12.4.1-cudnn8-devel-ubuntu22.04»\n", message="without a number"),
        Bad("FROM «runpod/pytorch:2.4.0-py3.11-cuda12.4.1-runtime-ubuntu22.04»\n", message="only devel"),
        Bad(
            "ARG CUDA=11.8\nFROM «nvidia/cuda:${CUDA}-devel-ubuntu22.04»\n", message="11.8-devel-ubuntu22.04"
        ),
        Bad("FROM «pytorch/pytorch:2.4-gpu»\n", certainty_is_maybe=True),
    ),
    good=(
        Good("FROM nvidia/cuda:12.1.1-runtime-ubuntu22.04\n"),
        Good("FROM nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04\n"),
        Good("FROM nvidia/cuda:12.3.2-cudnn9-runtime-ubuntu22.04\n"),
        Good("FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime\n"),
        Good("FROM runpod/base:0.6.3-cuda12.2.0\n"),
        Good("FROM runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404\n"),
        Good("ARG TAG\nFROM nvidia/cuda:$TAG\n", why="a tag we cannot tell"),
        Good("FROM example.com/mirror/cuda:12.1-runtime\n", why="another repository"),
        Good(
            "FROM nvidia/cuda:12.1-x@sha256:0123456789012345678901234567890123456789012345678901234567890123\n",
            why="the digest decides",
        ),
        Good("FROM debian:12 AS cuda\nFROM cuda\n", why="a stage"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The tag of a CUDA, PyTorch or RunPod base image does not exist.

    The tags of these repositories follow a grammar: nvidia/cuda names the patch level and has no `latest`, cudnn lost its
    number with CUDA 12.4, runpod/pytorch has only devel images. The build stops at the FROM, after a wait in the builder's queue.
    """
    for found in facts.wrong_tags:
        yield Finding(
            found.place,
            f"the image {found.image} does not exist: {found.why}"
            if found.is_certain
            else f"the image {found.image} may not exist: {found.why}",
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"a tag that exists: {found.example}",
        )
