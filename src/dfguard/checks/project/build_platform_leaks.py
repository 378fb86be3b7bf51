"""DFG609: what a multi-platform build makes for the platform that builds gets into the image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

BUILD = "FROM --platform=$BUILDPLATFORM golang:1.25 AS build\nWORKDIR /src\nCOPY main.go .\n"
IMAGE = 'FROM alpine:3.22\nCOPY --from=build /out/server /usr/bin/\nCMD ["server"]\n'
GO = {"main.go": "package main\n\nfunc main() {}\n"}


@rule(
    "DFG609",
    "build-platform-leaks",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/build/building/multi-platform/#cross-compilation",
        "https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope",
    ),
    bad=(
        Bad(
            'FROM «--platform=$BUILDPLATFORM» node:22\nCOPY . .\nCMD ["node", "server.js"]\n',
            message="whatever it is built for",
        ),
        Bad(
            'FROM «--platform=${BUILDPLATFORM:-linux/amd64}» ruby:3.4 AS common\nFROM common\nCMD ["irb"]\n',
        ),
        Bad(f"{BUILD}RUN «go build -o /out/server .»\n{IMAGE}", files=GO, advice="GOARCH"),
        Bad(
            f"{BUILD}ARG TARGETARCH\nRUN CGO_ENABLED=0 GOOS=linux «go build -o /out/ ./cmd/server»\n{IMAGE}",
            files=GO,
        ),
        Bad(
            "FROM --platform=$BUILDPLATFORM rust:1 AS build\nWORKDIR /app\nCOPY . .\nRUN «cargo build --release» && cp target/release/api /api\n"
            "FROM debian:12\nCOPY --from=build /api /usr/bin/api\n",
            files={"Cargo.toml": ""},
        ),
        Bad(
            "FROM --platform=$BUILDPLATFORM gcc:15 AS build\nCOPY a.c /\nRUN «gcc -O2 -o /tool /a.c»\nFROM scratch\nCOPY --from=build /tool /\n",
            files={"a.c": "int main(void) { return 0; }\n"},
        ),
        Bad(
            "FROM --platform=$BUILDPLATFORM golang:1.25 AS build\nRUN «go install example.org/tools/cmd/keys@v1.2.0»\n"
            "FROM alpine:3.22\nCOPY --from=build /go/bin/keys /usr/bin/\n",
        ),
        Bad(
            f"{BUILD.replace('golang', 'example.org/toolchain')}RUN «go build -o /out/server .»\n{IMAGE}",
            files=GO,
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(
            f"{BUILD}ARG TARGETOS TARGETARCH\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/server .\n{IMAGE}",
            files=GO,
        ),
        Good(
            f"{BUILD}ARG TARGETARCH\nENV GOARCH=$TARGETARCH\nRUN go build -o /out/server .\n{IMAGE}", files=GO
        ),
        Good(f"{BUILD}ARG TARGETPLATFORM\nRUN xx-go build -o /out/server .\n{IMAGE}", files=GO),
        Good(
            f"{BUILD}ARG TARGETARCH\nRUN if [ $TARGETARCH = arm64 ]; then export GOARCH=arm64; fi; go build -o /out/server .\n{IMAGE}",
            files=GO,
        ),
        Good(f"{BUILD}RUN go env -w GOARCH=arm64 && go build -o /out/server .\n{IMAGE}", files=GO),
        Good(f"{BUILD}RUN make /out/server\n{IMAGE}", files=GO, why="nobody knows what make runs"),
        Good(
            f"{BUILD.replace('--platform=$BUILDPLATFORM ', '')}RUN go build -o /out/server .\n{IMAGE}",
            files=GO,
        ),
        Good(f"{BUILD.replace('BUILD', 'TARGET')}RUN go build -o /out/server .\n{IMAGE}", files=GO),
        Good(
            f"{BUILD}RUN go install example.org/stringer@v1 && go build -o /gen ./gen && /gen > /out/server\n{IMAGE}",
            files=GO,
            why="programs of the build itself",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM node:22 AS build\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx:1\nCOPY --from=build /dist /usr/share/nginx/html\n",
            why="the same for every machine",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM maven:3 AS build\nCOPY . .\nRUN mvn package\nFROM eclipse-temurin:21\nCOPY --from=build /target/a.jar /\nCMD java -jar /a.jar\n",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM rust:1 AS build\nWORKDIR /app\nARG TARGETARCH\nRUN cargo build --release --target $(cat /triple)\n"
            "FROM debian:12\nCOPY --from=build /app/target/release/api /usr/bin/api\n",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM rust:1 AS build\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nFROM debian:12\nCOPY --from=build /app/target/release/api /usr/bin/api\n",
            files={".cargo/config.toml": "[build]\ntarget = 'aarch64-unknown-linux-musl'\n"},
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM golang:1.25\nCOPY . .\nRUN go vet ./...\n",
            why="a check, no image: nothing starts in it",
        ),
        Good(
            'ARG BUILDPLATFORM=linux/amd64\nFROM --platform=$BUILDPLATFORM node:22\nCMD ["node"]\n',
            why="a platform that somebody chose",
        ),
        Good(
            'FROM --platform=$BUILDPLATFORM node:22 AS assets\nRUN npm i\nFROM node:22\nCOPY --from=assets /a /a\nCMD ["node"]\n'
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A stage for the platform that builds becomes the image, or a program compiled there gets into it.

    `--platform=$BUILDPLATFORM` keeps a stage from being emulated: it runs on the machine that builds, whatever `docker build
    --platform` asks for. What is the same everywhere (JavaScript, jars, generated text) may come from there. A compiler has
    to be told what to compile for, and the image itself has to be for the target: otherwise every platform of a
    multi-platform build gets programs of the builder's, and they stop with "exec format error".
    """
    flag = facts.build_platform_of_image
    if flag is not None:
        yield Finding(
            flag,
            "the image is for the machine that builds, whatever it is built for",
            advice="leave --platform away where the stage becomes the image",
        )
    for found in facts.untold_compilers:
        yield Finding(
            found.place,
            f"{found.run.name.rpartition('/')[2]} compiles for the machine that builds, and the program gets into the image",
            notes=(
                Note(found.platform, "runs on the machine that builds"),
                Note(found.copy, "takes it into the image"),
            ),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=found.compiler.advice,
        )
