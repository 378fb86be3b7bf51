"""DFG803: credentials that stay in a layer."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

ADVICE = "mount it with RUN --mount=type=secret in the one RUN that needs it"


@rule(
    "DFG803",
    "token-left-in-layer",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/build/building/secrets/",
        "https://git-scm.com/docs/git-clone",
        "https://huggingface.co/docs/huggingface_hub/package_reference/authentication",
    ),
    bad=(
        Bad("FROM debian:12\nCOPY «.env» /app/\n", message="the environment file .env"),
        Bad("FROM debian:12\nCOPY «.netrc» /root/\nRUN make\nRUN rm /root/.netrc\n", message=".netrc"),
        Bad(
            "FROM debian:12\nCOPY «.» /app/\n",
            files={".env": "A=1\nDB_PASSWORD=hunter2\n", "a.py": ""},
            message="the environment file .env",
        ),
        Bad(
            "FROM debian:12\nARG TOKEN\nRUN git clone https://«$TOKEN»@github.com/a/b /b\n",
            message=".git/config",
        ),
        Bad(
            "FROM python:3.12\nRUN --mount=type=secret,id=hf hf auth login --token «$(cat /run/secrets/hf)»\n",
            message="HF_HOME",
        ),
        Bad(
            "FROM python:3.12\nRUN cat f | xargs «huggingface-cli login --token»\nRUN rm /root/.cache/huggingface/token\n"
        ),
        Bad(
            'FROM debian:12\nARG NPM_TOKEN\nRUN echo "//r.org/:_authToken=«$NPM_TOKEN»" > /root/.npmrc\nRUN npm ci\nRUN rm /root/.npmrc\n',
            message="/root/.npmrc",
        ),
        Bad(
            "FROM python:3.12\nARG PW\nRUN pip install --extra-index-url https://me:«${PW}»@pip.x.org/simple a\n",
            message="docker history",
        ),
        Bad(
            "FROM debian:12 AS base\nARG PW\nRUN curl -fO https://me:«$PW»@x.org/a\nFROM base\nRUN make\n",
            message="docker history",
        ),
        Bad(
            "FROM debian:12 AS a\nARG PW\nRUN curl -fO https://me:«$PW»@x.org/a\nFROM debian:12\nCOPY --from=a /a /a\n",
            message="its value stays in the build cache",
        ),
        Bad("FROM debian:12\nCOPY «.env.production» /app/\n", certainty_is_maybe=True),
        Bad(
            "FROM debian:12\nCOPY «.env» /app/\n",
            files={".dockerignore": ".env\n", "a.py": ""},
            message="only .dockerignore keeps it out",
        ),
    ),
    good=(
        Good("FROM debian:12\nCOPY .env.example /app/.env\n", why="a template"),
        Good(
            "FROM debian:12\nCOPY .env /app/\n",
            files={".env": "PORT=80\nLOG_LEVEL=info\nAPI_KEY=\n"},
            why="nothing in it is secret",
        ),
        Good(
            "FROM debian:12\nCOPY . /app/\n",
            files={".env": "DB_PASSWORD=hunter2\n", ".dockerignore": ".env\n"},
            why="ignored",
        ),
        Good(
            "FROM debian:12\nCOPY .npmrc /app/\n",
            files={".npmrc": "//r.org/:_authToken=${NPM_TOKEN}\n"},
            why="filled in from outside",
        ),
        Good(
            "FROM debian:12\nARG TOKEN\nRUN git clone https://$TOKEN@github.com/a/b /b && rm -rf /b/.git\n",
            why="removed in the same RUN",
        ),
        Good("FROM python:3.12\nRUN --mount=type=secret,id=hf,env=HF_TOKEN hf download m\n"),
        Good(
            "FROM python:3.12\nRUN --mount=type=cache,target=/root/.cache/huggingface hf auth login --token x\n",
            why="not in the layer",
        ),
        Good(
            'FROM debian:12\nARG NPM_TOKEN\nRUN echo "_authToken=$NPM_TOKEN" > .npmrc && npm ci && rm .npmrc\n'
        ),
        Good(
            "FROM debian:12 AS a\nCOPY .env .\nRUN make\nFROM debian:12\nCOPY --from=a /out /out\n",
            why="in a stage that is only copied from",
        ),
        Good(
            "FROM debian:12\nRUN git clone https://github.com/a/b@v1\nARG V\nRUN pip install git+https://x.org/a@$V\n",
            why="a version behind @",
        ),
        Good(
            "FROM debian:12 AS a\nARG PORT\nRUN curl -fO http://x.org:$PORT/a\nFROM debian:12\nCOPY --from=a /a /a\n",
            why="no password",
        ),
        Good(
            "FROM debian:12 AS a\nARG PW\nRUN curl -fO https://me:$PW@x.org/a\nFROM debian:12\nRUN make\n",
            why="nobody needs the stage",
        ),
        Good("FROM debian:12\nRUN git config --global user.email a@b.c\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Credentials stay in a layer of the image.

    A layer keeps what it was given: a file that a later instruction removes can still be read in the layer below. Logging
    in writes the token into a file (`hf auth login`, `docker login`, `npm config set`), `git clone` keeps the whole
    address, token included, in `.git/config`, and what a build argument brings into a RUN stands in the image's
    history. Mount secrets, or remove such files in the same RUN.

    In a stage that is only copied from, such an argument stays in the build cache: that is information.
    Files are looked at where the build context has them: an `.env` without secrets is fine.
    """
    for file in facts.copied_secrets:
        name = f"the {file.kind.title} {file.path}"
        if file.ignored_by:
            yield Finding(
                file.place,
                f"{name} is asked for here, and only .dockerignore keeps it out of the image",
                notes=(Note(file.ignored_by, "keeps it out, so that the build stops"),),
                advice="remove it from the COPY",
            )
            continue
        yield Finding(
            file.place,
            f"{name} becomes part of the image, and removing it later does not take it out again",
            notes=(Note(file.evidence, "holds a secret"),) if file.evidence else (),
            certainty=Certainty.SURE if file.is_certain else Certainty.MAYBE,
            advice="list it in .dockerignore, and mount it with RUN --mount=type=secret where the build needs it",
        )
    for kept in facts.kept_secrets:
        where = kept.store.kept if kept.store else kept.path
        yield Finding(kept.place, f"{kept.name or 'the login'} stays in {where} in this layer", advice=ADVICE)
    for address in facts.secret_addresses:
        is_layer = facts.is_layer(address.step)
        if is_layer:
            stays = "can be read with docker history"
        else:
            stays = "stays in the build cache and in the provenance of the build"
        yield Finding(
            address.place,
            f"the build argument {address.name} is the password in an address: its value {stays}",
            severity=None if is_layer else Severity.INFO,
            advice=ADVICE,
        )
