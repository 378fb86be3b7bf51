"""DFG802: a secret in a log."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG802",
    "secret-printed",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/build/building/secrets/",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#set (set -x)",
    ),
    bad=(
        Bad('FROM debian:12\nARG HF_TOKEN\nRUN echo "token: «$HF_TOKEN»"\n', message="prints HF_TOKEN"),
        Bad(
            'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nARG HF_TOKEN\nRUN echo "${HF_TOKEN:+yes} «${HF_TOKEN:0:10}»"\n'
        ),
        Bad("FROM debian:12\nRUN --mount=type=secret,id=npm cat «/run/secrets/npm»\n"),
        Bad(
            'FROM debian:12\nARG API_TOKEN\nRUN set -ex; curl -fH "Bearer «$API_TOKEN»" https://x.org/y -o /y\n',
            message="set -x",
        ),
        Bad("FROM debian:12\nARG API_TOKEN\nRUN «env» && make\n"),
        Bad("FROM debian:12\nRUN --mount=type=secret,id=npm,env=NPM_TOKEN printenv «NPM_TOKEN»\n"),
        Bad(
            'FROM python:3.12\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={"handler.py": "import os\nprint(«os.environ['HF_TOKEN']»)\n"},
            message="prints HF_TOKEN into the log of the container",
        ),
        Bad(
            'FROM python:3.12\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "import logging, os\nlogger = logging.getLogger(__name__)\nkey = os.getenv('S3_SECRET_KEY', '')\nlogger.info(«f'key {key}'»)\n"
            },
        ),
        Bad('FROM debian:12\nRUN --mount=type=secret,id=t echo "token «$(cat /run/secrets/t)»"\n'),
        Bad(
            "FROM debian:12\nRUN --mount=type=secret,id=t if [ -s /run/secrets/t ]; then cat «/run/secrets/t»; fi\n"
        ),
    ),
    good=(
        *(
            Good(f"FROM debian:12\nRUN --mount=type=secret,id=t {command}\n", why="nothing of it is printed")
            for command in (
                'test "$(cat /run/secrets/t)" = expected',
                '[ -n "$(cat /run/secrets/t)" ] && make',
                'if [ "$(cat /run/secrets/t)" = x ]; then make; fi',
                'for line in $(cat /run/secrets/t); do make "$line"; done',
                'case "$(cat /run/secrets/t)" in a*) make ;; esac',
                'make TOKEN="$(cat /run/secrets/t)"',
                'curl -H "Authorization: $(cat /run/secrets/t)" https://example.org -o /x',
                'git clone "https://$(cat /run/secrets/t)@example.org/x"',
                'echo "$(cat /run/secrets/t | wc -c) bytes"',
                'echo "$(sha256sum < /run/secrets/t)"',
                'export TOKEN="${TOKEN:-$(cat /run/secrets/t)}"',
                'while [ -z "$(cat /run/secrets/t)" ]; do sleep 1; done',
            )
        ),
        Good(
            'FROM python:3.12\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n',
            files={
                "handler.py": "import os\ntoken = os.environ.get('HF_TOKEN')\nprint('token is', 'set' if token else 'missing', bool(token), len(token))\nprint(os.environ['MODEL_NAME'], token[:3], os.environ['GOOGLE_APPLICATION_CREDENTIALS'])\n"
            },
            why="whether it is set, and what is no secret",
        ),
        Good(
            "FROM debian:12\nARG HF_TOKEN\nRUN [ -n \"$HF_TOKEN\" ] && echo 'HF_TOKEN is set'\n",
            why="only its name",
        ),
        Good(
            'FROM debian:12\nARG HF_TOKEN\nRUN echo "${HF_TOKEN:+set} ${#HF_TOKEN}"\n',
            why="whether it is set, and its length",
        ),
        Good(
            "FROM debian:12\nARG REGISTRY_PASSWORD\nRUN echo $REGISTRY_PASSWORD | docker login -u me --password-stdin x.org\n",
            why="piped",
        ),
        Good(
            'FROM debian:12\nARG NPM_TOKEN\nRUN echo "//r.org/:_authToken=$NPM_TOKEN" > .npmrc && npm ci && rm .npmrc\n',
            why="into a file",
        ),
        Good(
            "FROM debian:12\nRUN --mount=type=secret,id=t TOKEN=$(cat /run/secrets/t) make\n",
            why="into a variable",
        ),
        Good(
            "FROM debian:12\nARG TOKENIZER_NAME\nENV MAX_TOKENS=1\nRUN echo $TOKENIZER_NAME $MAX_TOKENS && env\n"
        ),
        Good(
            "FROM debian:12\nENV PASSWORD=x\nRUN echo $PASSWORD\n", why="it stands in the Dockerfile anyway"
        ),
        Good(
            'FROM debian:12\nARG A_TOKEN\nRUN set -ex; make; set +x; curl -H "$A_TOKEN" x.org\n',
            why="tracing is off",
        ),
        Good(
            "FROM debian:12\nRUN for token in a b; do echo $token; done\n",
            why="a variable of the script's own",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN prints a secret into the build log, or Python prints one into the log of build or container.

    Logs are kept by CI systems and shown to more people than the secret is meant for; a part of a token is enough
    to find out whose it is. `set -x` prints every command with its variables filled in. Print whether the variable is set
    (`${TOKEN:+set}`), and switch tracing off around commands that use it.
    """
    for found in facts.printed_secrets:
        if found.traced_by is None:
            yield Finding(
                found.place,
                f"prints {found.name} into the build log",
                advice=f"print whether it is set: ${{{found.name}:+set}}"
                if found.name.isidentifier()
                else None,
            )
        else:
            yield Finding(
                found.place,
                f"set -x prints {found.name} into the build log",
                notes=(
                    Note(
                        found.traced_by, "every command from here on is printed with its variables filled in"
                    ),
                ),
                advice="write set +x before this command",
            )
    for printed in facts.printed_variables:
        is_path = printed.name.endswith(
            "CREDENTIALS"
        )  # as a rule the path of a file: GOOGLE_APPLICATION_CREDENTIALS
        if facts.secrecy.is_secret_name(printed.name) and not is_path:
            log = "log of the container" if printed.is_of_process else "build log"
            yield Finding(
                printed.place,
                f"prints {printed.name} into the {log}",
                notes=tuple(Note(place, "runs it") for place in printed.proof),
                advice="print whether it is set",
            )
