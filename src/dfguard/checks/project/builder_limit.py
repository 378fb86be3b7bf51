"""DFG604: what the platform's own builder does not give."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, MountKind, Severity, rule

HUB = "RunPod hub"


@rule(
    "DFG604",
    "builder-limit",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://docs.runpod.io/serverless/workers/github-integration",),
    bad=(
        Bad(
            "FROM python:3.12\nRUN «--mount=type=secret,id=hf,required=true» hf download a/b\nCOPY handler.py /\n",
            files={".runpod/hub.json": '{"title": "x"}', "handler.py": ""},
            options={"platform": "runpod-serverless"},
            message="RunPod GitHub integration gives builds no secrets",
        ),
        Bad(
            "FROM python:3.12\nARG «MODEL»\nRUN hf download $MODEL\n",
            options={"platform": "runpod-serverless"},
            certainty_is_maybe=True,
            message="MODEL",
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nARG MODEL=a/b\nRUN hf download $MODEL\n",
            options={"platform": "runpod-serverless"},
            why="it has a default",
        ),
        Good(
            "FROM python:3.12\nRUN --mount=type=secret,id=hf,required=true hf download a/b\n",
            why="another platform",
        ),
        Good(
            "FROM python:3.12\nARG TARGETARCH\nRUN echo $TARGETARCH\n",
            options={"platform": "runpod-serverless"},
            why="BuildKit gives it",
        ),
        Good(
            "FROM python:3.12\nARG HF_TOKEN\nRUN echo ${HF_TOKEN:-none}\n",
            options={"platform": "runpod-serverless"},
            why="it may be empty",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The build needs what the platform's own builder does not give.

    RunPod's GitHub integration passes neither build arguments nor secrets: an ARG without a default is empty, and a required
    secret stops the build. Whether the image is built there is not known unless the repository is made for RunPod's
    hub; otherwise the finding is uncertain.
    """
    builder = facts.platform.builder
    if builder is None:
        return
    is_built_there = any(found.builder == HUB for found in facts.project.references()) or (
        facts.project.source(".runpod/hub.json") is not None
    )
    certainty = Certainty.SURE if is_built_there else Certainty.MAYBE
    for step in facts.steps if builder.build_secrets is False else ():
        for mount in step.effects.mounts:
            if mount.kind is MountKind.SECRET and mount.is_required:
                yield Finding(
                    mount.place,
                    f"{builder.name} gives builds no secrets, and this one is required",
                    certainty=certainty,
                    advice="build elsewhere and push the image, or leave out required",
                )
    for found in facts.needed_arguments if builder.build_arguments is False else ():
        yield Finding(
            found.place,
            f"{builder.name} passes no build arguments, and {found.name} has no default",
            certainty=Certainty.MAYBE,
            advice="give it a default",
        )
