"""DFG605: the platform's library in whatever version is newest."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG605",
    "sdk-unpinned",
    Severity.INFO,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://docs.runpod.io/serverless/workers/handler-functions",
        "https://github.com/runpod/runpod-python/releases",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install «runpod»\n",
            options={"platform": "runpod-serverless"},
            message="runpod",
        ),
        Bad(
            "FROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt\n",
            files={"r.txt": "requests\n«runpod»\n"},
            options={"platform": "runpod-serverless"},
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nRUN pip install runpod==1.7.0 requests\n",
            options={"platform": "runpod-serverless"},
        ),
        Good("FROM python:3.12\nRUN pip install 'runpod~=1.7'\n", options={"platform": "runpod-serverless"}),
        Good("FROM python:3.12\nRUN pip install runpod\n", why="another platform"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The platform's own library is installed in whatever version is newest.

    It stands between the platform and the handler: a new release changes how jobs are taken, in the middle of a rebuild for
    another reason. Off by default.
    """
    sdk = set(facts.platform.signs.distributions)
    for step, package in facts.installed:
        if (
            package.name in sdk
            and package.manager in {"pip", "uv"}
            and not package.specifier
            and not package.url
        ):
            is_here = package.place.source is facts.source
            yield Finding(
                package.place,
                f"{package.name} is installed in whatever version is newest",
                notes=() if is_here else (Note(step.instruction.keyword_text.place(), "is installed here"),),
                advice=f"write {package.name}==version",
            )
