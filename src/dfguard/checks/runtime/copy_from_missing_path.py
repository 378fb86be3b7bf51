"""DFG206: COPY --from a path that the other stage provably lacks."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, described, rule
from dfguard.checks.words import Word, together


@rule(
    "DFG206",
    "copy-from-missing-path",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/dockerfile/#copy---from",),
    bad=(
        Bad(
            "FROM scratch AS build\nCOPY a /out/a\nFROM alpine:3.20\nCOPY --from=build «/outt/a» /a\n",
            files={"a": ""},
            message="/outt/a",
        ),
        Bad(
            "FROM alpine:3.20 AS build\nRUN mkdir /w && touch /w/x && rm /w/x\nFROM alpine:3.20\nCOPY --from=0 «/w/x» /x\n"
        ),
        Bad(
            "FROM alpine:3.20 AS build\nWORKDIR /src\nCOPY main.go .\nRUN apk add --no-cache go && go build -o /bin/app .\n"
            "FROM debian:12\nCOPY --from=build «/out/app» /app\n",
            files={"main.go": ""},
            message="/out/app",
        ),
        Bad(
            "FROM python:3.13-slim AS build\nRUN apt-get update && apt-get install -y curl && python -m venv /venv\n"
            "FROM python:3.13-slim\nCOPY --from=build «/env» /env\n",
            message="/env",
        ),
    ),
    good=(
        Good(
            "FROM alpine:3.20 AS build\nRUN make\nFROM alpine:3.20\nCOPY --from=build /out/a /a\n",
            why="an unknown program may have made it",
        ),
        Good(
            "FROM scratch AS build\nCOPY a /out/a\nFROM alpine:3.20\nCOPY --from=build /out/a /a\n",
            files={"a": ""},
        ),
        Good(
            "FROM python:3.13-slim AS build\nRUN python -m venv /venv && pip wheel -w /wheels a && pip install -t /deps --prefix=/p a\n"
            "FROM python:3.13-slim\nCOPY --from=build /venv /venv\nCOPY --from=build /wheels /w\nCOPY --from=build /deps /d\n",
            why="the arguments say where they write, top-level folders included",
        ),
        Good(
            "FROM node:22-slim AS web\nWORKDIR /src/ui\nCOPY package.json .\nRUN npm ci && npm run build\n"
            "FROM nginx:1.29\nCOPY --from=web /src/server/static /www\n",
            files={"package.json": '{"scripts": {"build": "vite build --outDir ../server/static"}}'},
            why="a script of the project writes where its configuration says",
        ),
        Good(
            "FROM debian:12 AS build\nCOPY a.deb /tmp/\nRUN dpkg -x /tmp/a.deb /out\n"
            "FROM debian:12\nCOPY --from=build /out/usr /usr\n",
            files={"a.deb": ""},
        ),
        Good(
            "FROM python:3.13-slim AS base\nWORKDIR /app\nCOPY pyproject.toml .\nRUN pip install uv && uv sync\n"
            "FROM base AS test\nRUN true\nFROM python:3.13-slim\nCOPY --from=test /app/.venv /app/.venv\n",
            files={"pyproject.toml": "[project]\nname = 'a'\n"},
            why="the environment comes with the stage that it was made in",
        ),
        Good("FROM alpine:3.20\nCOPY --from=nginx:1 /etc/nginx /etc/nginx\n", why="another image"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY --from names a path that the other stage does not hold.

    The build stops there. It is reported only when the stage provably lacks the path: what a base image or an unknown
    program may have left counts as there.
    """
    yield from together(
        Word(
            copy.instruction,
            described(copy.pattern),
            Finding(copy.place, f"the stage {copy.origin} holds no {{names}}"),
        )
        for _, copy in facts.copies
        if copy.is_missing and copy.origin is not None
    )
