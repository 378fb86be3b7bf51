"""DFG801: a secret given to ARG or ENV."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Pair, Place, Severity, Site, known, rule

ADVICE = "use RUN --mount=type=secret for the build, and set it when the container starts"
SWITCHES = frozenset(["0", "1", "true", "false", "yes", "no", "on", "off"])


@rule(
    "DFG801",
    "secret-in-env-or-arg",
    Severity.WARNING,
    since="0.1.0",
    covers=("DFG961",),
    sources=(
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
    ),
    differs=(
        "DFG961 (BuildKit's SecretsUsedInArgOrEnv) looks at names only. This rule asks whether a secret can really stay: "
        "`ENV HF_TOKEN=`, numbers, placeholders and paths give nothing away, and MAX_TOKEN_LENGTH or CACHE_KEY are no "
        "secrets. An ARG that is only copied into an ENV is reported once, at the ENV. Where this rule has a finding, "
        "DFG961 has none, and a suppression of DFG961 silences both."
    ),
    bad=(
        Bad(
            "FROM debian:12\nARG HF_TOKEN\nENV «HF_TOKEN»=$HF_TOKEN\nRUN make\n",
            message="ENV HF_TOKEN keeps the build argument HF_TOKEN in the image",
        ),
        Bad("FROM debian:12\nARG «GITHUB_TOKEN»\nRUN ./fetch.sh\n", message="docker history"),
        Bad("FROM debian:12\nENV «DB_PASSWORD»=hunter2\n", message="ENV DB_PASSWORD"),
        Bad("FROM debian:12\nARG tok\nENV A=1 «CIVITAI_API_KEY»=${tok:-}\n"),
        Bad(
            "FROM debian:12 AS a\nARG «NPM_TOKEN»\nRUN npm ci\nFROM debian:12\nCOPY --from=a /x /x\n",
            message="build cache",
        ),
        Bad("ARG «SECRET_KEY»\nRUN make\n", message="SECRET_KEY"),
        Bad(
            "FROM node:22 AS a\nARG SECRET\nENV «SECRET»=$SECRET\nRUN npm run build\nFROM nginx\nCOPY --from=a /x /x\n",
            message="keeps the build argument SECRET in the stage and the build cache",
        ),
        Bad(
            "FROM ruby:3.4 AS a\nENV «DB_PASSWORD»=hunter2\nRUN rake assets\nFROM nginx\nCOPY --from=a /x /x\n",
            message="keeps its value in the stage and the build cache",
        ),
        Bad(
            "FROM node:22\nARG NPM_TOKEN\nENV «VITE_TOKEN»=$NPM_TOKEN\nRUN npm run build\n",
            message="NPM_TOKEN",
        ),
        Bad("FROM node:22\nENV «APP_VITE_SECRET»=hunter2.x «INVITE_TOKEN»=aB3/xY9+q0Zk\n"),
        *(
            Bad(f"FROM {image}\nENV «{name}»=hunter2\n", message="everyone who has the image")
            for image, name in (
                ("postgres:17", "POSTGRES_PASSWORD"),
                ("mysql:8.4", "MYSQL_ROOT_PASSWORD"),
                ("mariadb:11", "MARIADB_ROOT_PASSWORD"),
                ("mcr.microsoft.com/mssql/server:2022-latest", "SA_PASSWORD"),
                ("mongo:8", "MONGO_INITDB_ROOT_PASSWORD"),
            )
        ),
        Bad(
            'FROM debian:12\nENV «ADMIN_PASSWORD»="${ADMIN_PASSWORD:-welcome1}"\n',
            message="ENV ADMIN_PASSWORD",
        ),
        Bad("FROM debian:12\nENV «JWT_SECRET»=my-super-secret.v1 «API_TOKEN»=aB3/xY9+q0Zk/7Lm==\n"),
    ),
    good=(
        Good(
            "FROM debian:12\nENV TOKENIZER_NAME=x MAX_TOKENS=1 HF_HUB_DISABLE_IMPLICIT_TOKEN=1\n",
            why="other words",
        ),
        Good('FROM debian:12\nENV HF_TOKEN="" PASSWORD_FILE=/run/secrets/db\n', why="no value, or a path"),
        *(
            Good(f"FROM debian:12\nENV {pair}\n", why="where it is, not what it is")
            for pair in (
                'RESET_OS_PASSWORD="resetOSPassword.sh"',
                "SERVER_KEY=assets/server/tls/snakeoil.key",
                "DB_PASSWORD=secrets/db/password",
                "APP_SECRET=projects/my-app/secrets/app/versions/latest",
                "TLS_SECRET_KEY=server-key.pem",
                "CREDENTIALS=service-account.json",
                "AUTH_TOKEN=https://auth.example.org/token",
                "DB_PASSWORD=vault:secret/data/db#password",
                "ACCESS_TOKEN=auth.default.svc.cluster.local",
                "SESSION_SECRET=redis:6379",
                "GITHUB_TOKEN_SECRET=github-token",
                "GITLAB_TOKEN=CI_JOB_TOKEN",
                "SSH_KEY=id_rsa",
                "KEYSTORE_PASSWORD=~/.keystore-password",
                "API_TOKEN=com.example.auth.TokenProvider",
            )
        ),
        Good(
            "FROM debian:12\nARG RESET_PASSWORD=reset.sh\nENV RESET_PASSWORD=$RESET_PASSWORD\nRUN make\n",
            why="a file",
        ),
        Good(
            "FROM debian:12\nENV A_TOKEN=${A_TOKEN:-} B_PASSWORD=${B_PASSWORD:-/run/secrets/b}\n",
            why="none by default",
        ),
        Good("FROM debian:12\nENV OPENAI_API_KEY=your_key_here RUNPOD_API_KEY=<key>\n", why="a placeholder"),
        Good(
            "FROM debian:12\nARG AWS_ACCESS_KEY_ID\nARG PUBLIC_KEY\nARG CACHE_KEY\nRUN make\n",
            why="no secrets",
        ),
        Good("ARG NPM_TOKEN\nFROM debian:12\nRUN make\n", why="a global ARG reaches no stage"),
        *(
            Good(
                f"FROM node:22\nARG {name}\nENV {name}=${name}\nRUN npm run build\n",
                why="compiled into what the browser loads",
            )
            for name in (
                "VITE_ALCHEMY_API_KEY",
                "NEXT_PUBLIC_MAPBOX_TOKEN",
                "REACT_APP_API_KEY",
                "NUXT_PUBLIC_API_SECRET",
                "GATSBY_ALGOLIA_API_KEY",
                "EXPO_PUBLIC_API_KEY",
                "PUBLIC_API_KEY",
                "VUE_APP_TOKEN",
                "NG_APP_API_KEY",
                "STORYBOOK_API_TOKEN",
            )
        ),
        Good(
            "FROM node:22\nENV VITE_FIREBASE_API_KEY=q0ZkxY9aB37LmfirebaseQ1\n",
            why="compiled into what the browser loads",
        ),
        Good("FROM debian:12\nARG HF_TOKEN\n", why="no RUN follows, so that the history has nothing of it"),
        Good("FROM debian:12\nRUN --mount=type=secret,id=t,env=HF_TOKEN hf download m\n"),
        Good("FROM debian:12\nENV MYSQL_ALLOW_EMPTY_PASSWORD=yes VNC_PASSWORD=true\n", why="a switch"),
        Good(
            "FROM debian:12 AS a\nARG NPM_TOKEN\nRUN npm ci\nFROM debian:12\nRUN make\n",
            why="nobody needs the stage",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A secret is given to ARG or ENV, where it stays readable.

    The value of an ENV is part of the image, and the values of the ARGs that a RUN can see stand in its history: everyone
    who pulls the image can read them with `docker history --no-trunc` and `docker inspect`. In a stage that is only copied
    from they stay in the build cache and in the provenance of the build. Give the build its secrets with
    `RUN --mount=type=secret,id=hf,env=HF_TOKEN`, and the container when it starts.

    An ENV that takes its value from a build argument is an error; a default password, and an ARG alone, are warnings; what
    only a stage has that is copied from is information. Names that a framework compiles into what the browser loads
    (`VITE_API_KEY`, `NEXT_PUBLIC_TOKEN`) are public by design.
    """
    promoted: set[str] = set()
    for site in facts.outline.of("ENV"):
        for pair in site.instruction.pairs if facts.is_needed(site.section) else ():
            name = pair.key.value.strip("\"'")
            given = _arguments_in(facts, site, pair, name)
            if given:
                promoted.update(given)
                yield _of_promotion(facts, site, pair, given)
            elif _is_literal_secret(facts, site, pair, name):
                yield _of_literal(facts, site, pair, name)
    for site in facts.outline.of("ARG"):
        for pair in site.instruction.pairs if facts.is_needed(site.section) and _is_seen(site) else ():
            name = pair.key.value.strip("\"'")
            if (
                name not in promoted
                and facts.secrecy.is_secret_name(name)
                and not _says_otherwise(facts, pair)
            ):
                yield _of_argument(facts, site, pair)


def _arguments_in(facts: Facts, site: Site, pair: Pair, name: str) -> dict[str, Place]:
    """The build arguments that an ENV takes its value from, when it or one of them is called like a secret."""
    used = {found for found, _ in facts.outline.variables_in(pair.value)} if pair.value else set()
    if not used:
        return {}
    pairs = (p for i in site.section.instructions if i.keyword == "ARG" for p in i.pairs)
    declared = {p.key.value: p.key.place() for p in pairs if not _says_otherwise(facts, p)}
    given = {found: declared[found] for found in sorted(used) if found in declared}
    is_secret = facts.secrecy.is_secret_name
    return given if is_secret(name) or any(map(is_secret, given)) else {}


def _of_promotion(facts: Facts, site: Site, pair: Pair, given: dict[str, Place]) -> Finding:
    names = ", ".join(given)
    stays = "in the image" if facts.is_in_image(site.section) else "in the stage and the build cache"
    return Finding(
        pair.key.place(),
        f"ENV {pair.key} keeps the build argument {names} {stays}",
        notes=tuple(Note(place, f"{name} comes from --build-arg") for name, place in given.items()),
        severity=Severity.ERROR if facts.is_in_image(site.section) else Severity.INFO,
        advice=ADVICE,
    )


def _of_literal(facts: Facts, site: Site, pair: Pair, name: str) -> Finding:
    if facts.is_in_image(site.section):
        message = f"ENV {name} gives everyone who has the image its value"
    else:
        message = f"ENV {name} keeps its value in the stage and the build cache"
    severity = None if facts.is_in_image(site.section) else Severity.INFO
    return Finding(pair.key.place(), message, severity=severity, advice=ADVICE)


def _is_literal_secret(facts: Facts, site: Site, pair: Pair, name: str) -> bool:
    """Whether the value is a secret that stands in the Dockerfile; one with the shape of a token is DFG804's."""
    if pair.value is None or not facts.secrecy.is_secret_name(name):
        return False
    value = known(facts.outline.value(site, pair.value))
    values = facts.outline.defaults_in(pair.value) if value is None else (value,)
    return any(
        facts.secrecy.is_secret_value(name, text) and not any(facts.secrecy.tokens(text)) for text in values
    )


def _is_seen(site: Site) -> bool:
    """Whether a RUN behind the ARG has it in its history; fragments may be followed by anything."""
    at = site.instruction.index
    last_first = reversed(site.section.instructions)
    return site.section.stage is None or any(i.keyword == "RUN" and i.index > at for i in last_first)


def _says_otherwise(facts: Facts, pair: Pair) -> bool:
    """Whether the default shows that a switch, a path or a name is wanted, and no secret."""
    text = pair.value.value.strip("\"'") if pair.value else ""
    return text.lower() in SWITCHES or facts.secrecy.is_reference(text)


def _of_argument(facts: Facts, site: Site, pair: Pair) -> Finding:
    is_in_image = facts.is_in_image(site.section)
    if is_in_image:
        stays = "can be read in the image's history (docker history) at every RUN behind it"
    else:
        stays = "stays in the build cache and in the provenance of the build"
    return Finding(
        pair.key.place(),
        f"the value of the build argument {pair.key} {stays}",
        severity=None if is_in_image else Severity.INFO,
        advice=ADVICE,
    )
