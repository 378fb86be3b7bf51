"""DFG606: an image for processors that the platform does not have."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, known, rule

OTHERS = {"linux/amd64": ("arm64", "aarch64", "arm/v7", "armv7", "arm32v7")}
BASES = ("arm64v8/", "arm32v7/", "arm32v6/")
DOWNLOADERS = frozenset(["curl", "wget", "pip", "pip3", "aria2c", "uv"])


@rule(
    "DFG606",
    "platform-architecture",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.runpod.io/serverless/workers/deploy (linux/amd64)",
        "https://cloud.google.com/run/docs/container-contract#languages",
    ),
    bad=(
        Bad(
            "FROM «--platform=linux/arm64» python:3.12\nRUN make\n",
            options={"platform": "runpod-serverless"},
            message="linux/amd64",
        ),
        Bad("FROM «arm64v8/python:3.12»\nRUN make\n", options={"platform": "runpod-serverless"}),
        Bad(
            "FROM python:3.12\nRUN wget -O /a «https://x.org/tool-linux-arm64.tar.gz»\n",
            options={"platform": "runpod-serverless"},
        ),
    ),
    good=(
        Good(
            "FROM --platform=linux/amd64 python:3.12\nRUN wget https://x.org/tool-linux-amd64.tar.gz\n",
            options={"platform": "runpod-serverless"},
        ),
        Good("FROM --platform=linux/arm64 python:3.12\nRUN make\n", why="a platform that has both"),
        Good(
            "FROM python:3.12\nARG TARGETARCH\nRUN if [ $TARGETARCH = arm64 ]; then wget https://x.org/tool-linux-arm64.tar.gz; fi\n",
            options={"platform": "runpod-serverless"},
            why="only there",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM python:3.12\nRUN make\n",
            options={"platform": "runpod-serverless"},
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The image, or a program in it, is for processors that the platform does not have.

    The container stops with "exec format error". Images built on a Mac are arm64 unless `docker build --platform
    linux/amd64` says otherwise.
    """
    wanted = facts.platform.builder.architecture if facts.platform.builder else ""
    others = OTHERS.get(wanted)
    if others is None:
        return
    advice = f"build for {wanted}"
    for site in facts.outline.of("FROM"):
        flag = site.instruction.flag("platform")
        image = site.instruction.arguments[0] if site.instruction.arguments else None
        if not facts.is_in_image(site.section):
            continue
        if flag and flag.value and any(other in flag.value.value for other in others):
            yield Finding(
                flag.text.place(), f"{facts.platform.title} runs {wanted} images only", advice=advice
            )
        elif image and (known(facts.outline.value(site, image)) or "").startswith(BASES):
            yield Finding(image.place(), f"{facts.platform.title} runs {wanted} images only", advice=advice)
    for _, run in facts.commands:
        if run.name.rpartition("/")[2] not in DOWNLOADERS or not run.is_certain:
            continue
        for word, value in zip(run.command.words[-len(run.words) :], run.words, strict=False):
            text = known(value) or ""
            if (
                any(f"{mark}{other}" in text for other in others for mark in ("linux-", "linux_", "-"))
                and "://" in text
            ):
                yield Finding(
                    word.raw.place(),
                    f"this is for other processors than the {wanted} of {facts.platform.title}",
                    advice=advice,
                )
