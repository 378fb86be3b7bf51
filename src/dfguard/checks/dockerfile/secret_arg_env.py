"""DFG961: ARG or ENV with the name of a secret."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

SECRET = frozenset(
    ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"]
)
HARMLESS = frozenset({"public", "file", "version"})


@rule(
    "DFG961",
    "secret-arg-env",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3064", "SecretsUsedInArgOrEnv"),
    sources=(
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
        "https://github.com/hadolint/hadolint/wiki/DL3064",
    ),
    differs=(
        "names are compared word by word, as BuildKit does; hadolint looks for parts of words, so that TOKENIZER_NAME, "
        "PRIVATE_SUBNETS and every USERNAME are secrets to it, and AUTH and KEY are none. What ONBUILD holds is "
        "reported where it stands. An ARG before the first FROM is in no image and no history, and BuildKit does not look at it "
        "either. Names that a framework compiles into what the browser loads (VITE_API_KEY) are reported in the profiles "
        "`hadolint` and `buildkit` alone."
    ),
    bad=(
        Bad("FROM debian:12\nARG «GITHUB_TOKEN»\n"),
        Bad("FROM debian:12\nENV A=1 «DB_PASSWORD»=x «API_KEY»=y\n"),
        Bad("FROM debian:12\nENV «secret_message» hello\n"),
        Bad("FROM debian:12\nONBUILD ARG «TOKEN»\n"),
        Bad("FROM node:22\nARG «VITE_API_KEY»\n", options={"profile": "buildkit"}),
        Bad("FROM node:22\nARG «REACT_APP_TOKEN»\n", options={"profile": "hadolint"}),
    ),
    good=(
        Good("FROM debian:12\nENV TOKENIZER_NAME=x MAX_TOKENS=1\n", why="other words"),
        Good(
            "FROM debian:12\nARG PUBLIC_KEY\nENV PASSWORD_FILE=/run/secrets/db KEY_VERSION=2\n",
            why="harmless",
        ),
        Good(
            "FROM node:22\nARG VITE_API_KEY\nENV REACT_APP_TOKEN=x\n",
            why="compiled into what the browser loads",
        ),
        Good(
            "FROM debian:12\nARG PUBLIC_API_KEY\n",
            options={"profile": "buildkit"},
            why="harmless to BuildKit, too",
        ),
        Good("FROM debian:12\nENV KEYBOARD=de MONKEY=1\n"),
        Good("ARG NPM_TOKEN\nFROM debian:12\n", why="a global ARG reaches no stage"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ARG or ENV has the name of a secret.

    Their values can be read in the image and its history by everyone who has it. Use `RUN --mount=type=secret` during
    the build, and give the container its secrets when it starts.
    """
    for site in facts.outline.of("ARG", "ENV", with_triggers=True):
        if site.section.stage is None and facts.document.stages:
            continue
        for pair in site.instruction.pairs:
            if _is_secret(facts, pair.key.value.strip("\"'")):
                yield Finding(
                    pair.key.place(),
                    f"{site.instruction.keyword} {pair.key} looks like a secret, which stays readable in the image",
                    advice="use a secret mount, or set it when the container starts",
                )


def _is_secret(facts: Facts, name: str) -> bool:
    """Whether the name means a secret; the tools that are imitated know nothing of what frameworks make public."""
    words = frozenset(name.lower().split("_"))
    if not words & SECRET or words & HARMLESS:
        return False
    return facts.imitates("hadolint") or facts.imitates("buildkit") or not facts.secrecy.is_public_name(name)
