"""DFG314: curl saves an error page as weights."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Aspect,
    Bad,
    Certainty,
    Facts,
    Finding,
    Fix,
    Good,
    Severity,
    described,
    rule,
    words_after,
)

ADDRESS = "https://huggingface.co/org/model/resolve/main/model.safetensors"


@rule(
    "DFG314",
    "curl-without-fail",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://curl.se/docs/manpage.html#-f", "https://everything.curl.dev/http/response.html"),
    bad=(
        Bad(
            f"FROM debian:12\nRUN «curl -L -o /m/model.safetensors {ADDRESS}»\n",
            fixed=f"FROM debian:12\nRUN curl -f -L -o /m/model.safetensors {ADDRESS}\n",
            message="model.safetensors",
        ),
        Bad(
            f"FROM python:3.12\nRUN mkdir /m && cd /m && «curl -sLO {ADDRESS}» && ls\n",
            fixed=f"FROM python:3.12\nRUN mkdir /m && cd /m && curl -f -sLO {ADDRESS} && ls\n",
        ),
    ),
    good=(
        Good(f"FROM debian:12\nRUN curl -fL -o /m/model.safetensors {ADDRESS}\n"),
        Good(f"FROM debian:12\nRUN curl --fail -L -o /m/model.safetensors {ADDRESS}\n"),
        Good(f"FROM debian:12\nRUN curl -sL --fail-with-body -o /m/model.safetensors {ADDRESS}\n"),
        Good("FROM debian:12\nRUN curl -L https://example.com/setup.sh -o /setup.sh\n", why="no weights"),
        Good(f"FROM debian:12\nRUN wget -O /m/model.safetensors {ADDRESS}\n", why="wget fails by itself"),
        Good(
            f"FROM debian:12\nRUN curl -Lo /m/model.safetensors {ADDRESS} && echo 'ab12  /m/model.safetensors' | sha256sum -c\n",
            why="the digest is checked",
        ),
        Good(f"FROM debian:12\nRUN curl -sI {ADDRESS}\n", why="nothing is saved"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """`curl -o` of weights without `-f`: the answer 401, 403 or 404 is saved as the model, and the build goes on.

    curl ends with 0 for every answer it gets. The file then holds an HTML page or a line of JSON, and the first load of
    the model fails with a message about its format. `-f` (`--fail`) makes curl end with 22.
    """
    for run, load in facts.unchecked_downloads:
        name = facts.name_place(run)
        edit = words_after(run.command, name, "-f") if name else None
        yield Finding(
            run.place,
            f"curl without -f: an error page would be saved as {described(load.directory)}",
            fix=Fix("let curl fail on an error", (edit,), is_safe=True, changes=(Aspect.COMMANDS,))
            if edit
            else None,
            certainty=Certainty.SURE if run.is_certain else Certainty.MAYBE,
            advice="add -f (--fail)",
        )
