"""DFG806: packages from whoever signed them."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG806",
    "signature-check-off",
    Severity.WARNING,
    since="0.1.0",
    aliases=("CKV2_DOCKER_7", "CKV2_DOCKER_8", "CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_11"),
    sources=(
        "https://go.dev/ref/mod#authenticating",
        "https://www.checkov.io/5.Policy%20Index/dockerfile.html",
        "https://manpages.debian.org/bookworm/apt/apt-secure.8.en.html",
    ),
    differs="checkov has one policy per program; the programs and options are a table here.",
    bad=(
        Bad(
            "FROM debian:12\nRUN apt-get install -y «--allow-unauthenticated» a\n",
            message="who signed the packages",
        ),
        Bad("FROM debian:12\nRUN apt-get «--force-yes» -y install a\n"),
        Bad("FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk && apk add «--allow-untrusted» a.apk\n"),
        Bad(
            "FROM alpine:3.20\nCOPY a.apk /\nRUN apk add «--allow-untrusted» /a.apk git\n",
            files={"a.apk": ""},
        ),
        Bad(
            "FROM fedora:42\nRUN dnf -y install «--nogpgcheck» a && rpm -i «--nosignature» https://x.org/b.rpm\n"
        ),
        Bad(
            'FROM debian:12\nRUN echo «"deb [trusted=yes] https://x.org/apt ./"» > /etc/apt/sources.list.d/x.list\n'
        ),
        *(
            Bad(
                f"FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk -O https://x.org/a.sig -O https://x.org/b.apk\nRUN {run}\n",
                message=why,
            )
            for run, why in (
                (
                    "curl -fO https://x.org/c && gpg --verify a.sig b.apk && apk add «--allow-untrusted» a.apk b.apk",
                    "signed",
                ),
                (
                    "curl -fO https://x.org/c && apk add «--allow-untrusted» a.apk && gpg --verify a.sig a.apk",
                    "signed",
                ),
                (
                    "curl -fO https://x.org/c; gpg --verify a.sig a.apk; apk add «--allow-untrusted» a.apk",
                    "signed",
                ),
                (
                    "curl -fO https://x.org/c && { gpg --verify a.sig a.apk || true; } && apk add «--allow-untrusted» a.apk",
                    "signed",
                ),
                (
                    "curl -fO https://x.org/c && echo '0123  c' | sha256sum -c && apk add «--allow-untrusted» a.apk",
                    "signed",
                ),
                (
                    "curl -fO https://x.org/c.tgz -O https://x.org/a.apk && echo '0123  c.tgz' | sha256sum -c && tar xzf c.tgz && apk add «--allow-untrusted» a.apk",
                    "signed",
                ),
                (
                    "if curl -fO https://x.org/c && ! gpg --verify a.sig a.apk; then apk add «--allow-untrusted» a.apk; fi",
                    "signed",
                ),
            )
        ),
        Bad(
            "FROM debian:12\nRUN curl -fO https://x.org/a.deb && echo '0123  a.deb' | sha256sum -c && apt-get install -y «--allow-unauthenticated» ./a.deb git\n"
        ),
        Bad(
            "FROM golang:1.24\nENV «GOSUMDB»=off\nCOPY go.mod main.go ./\nRUN go build\n",
            files={"go.mod": "", "main.go": ""},
        ),
        Bad(
            "FROM golang:1.24\nENV «GOSUMDB»=off\nCOPY . .\nRUN go build\n",
            files={"go.mod": "", "main.go": ""},
        ),
        Bad(
            "FROM golang:1.24\nENV «GOSUMDB»=off\nCOPY . .\nRUN go build\n",
            files={"go.mod": "", "go.sum": "", ".dockerignore": "go.sum\n"},
        ),
        Bad(
            "FROM golang:1.24\nCOPY go.mod go.sum ./\nRUN «GOSUMDB=off» go install x.org/a@v1\n",
            files={"go.mod": "", "go.sum": ""},
            message="go modules",
        ),
        Bad(
            "FROM golang:1.24 AS tools\nENV «GOSUMDB»=off\nRUN go build x.org/a\nFROM golang:1.24\nCOPY go.mod go.sum ./\nRUN go build\nCOPY --from=tools /a /a\n",
            files={"go.mod": "", "go.sum": ""},
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN apt-get install -y --allow-downgrades a\n"),
        Good(
            "FROM debian:12\nRUN echo 'deb [signed-by=/k.gpg] https://x.org/apt ./' > /etc/apt/sources.list.d/x.list\n"
        ),
        Good("FROM alpine:3.20\nRUN apk add --no-cache a\n"),
        Good(
            "FROM alpine:3.20\nCOPY a.apk /\nRUN apk add --allow-untrusted /a.apk\n",
            files={"a.apk": ""},
            why="a file of our own",
        ),
        Good(
            "FROM fedora:42\nCOPY b.rpm /\nRUN rpm -i --nosignature /b.rpm\n",
            files={"b.rpm": ""},
            why="a file of our own",
        ),
        Good(
            "FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk && echo '0123  a.apk' | sha256sum -c && apk add --allow-untrusted a.apk\n",
            why="verified otherwise",
        ),
        Good(
            "FROM alpine:3.20\nRUN curl -fO https://x.org/a.apk -O https://x.org/a.sig && gpg --verify a.sig a.apk && apk add --allow-untrusted a.apk\n",
            why="verified otherwise",
        ),
        *(
            Good(f"FROM alpine:3.20\nRUN {run}\n", why="these files are verified before")
            for run in (
                "curl -fO https://x.org/a.apk -O https://x.org/a.sig && gpg --verify a.sig a.apk && apk add --allow-untrusted a.apk unixodbc-dev",
                "curl -fO https://x.org/a.apk -O https://x.org/a.apk.asc && gpg --verify a.apk.asc && apk add --allow-untrusted ./a.apk",
                "set -e; curl -fO https://x.org/a.apk; echo '0123  a.apk' | sha256sum -c -; apk add --allow-untrusted a.apk",
                "curl -fO https://x.org/a-$V.apk && sha256sum -c sums.txt && apk add --allow-untrusted a-$V.apk",
                'V=1; curl -fO https://x.org/a-$V.apk && echo "$SUM *a-${V}.apk" | sha256sum -c && apk add --allow-untrusted a-${V}.apk',
                "curl -fO https://x.org/a.apk && cosign verify-blob --key k --signature a.sig a.apk && apk add --allow-untrusted a.apk; echo done",
                "if curl -fO https://x.org/a.apk && gpg --verify a.sig a.apk; then apk add --allow-untrusted a.apk; fi",
                "if [ -n $X ]; then curl -fO https://x.org/a.apk && gpg --verify a.sig a.apk && apk add --allow-untrusted a.apk; else curl -fO https://x.org/b.apk && gpg --verify b.sig b.apk && apk add --allow-untrusted b.apk; fi && apk info",
                "curl -fO https://x.org/a.apk && { gpg --verify a.sig a.apk || exit 1; } && apk add --allow-untrusted a.apk",
                "curl -fO https://x.org/a.apk; gpg --verify a.sig a.apk || exit 1; apk add --allow-untrusted a.apk",
                "curl -fO https://x.org/a.tgz && echo '0123  a.tgz' | sha256sum -c && tar xzf a.tgz && apk add --allow-untrusted a/*.apk",
                "curl -f https://x.org/d -o /tmp/d && echo '0123  /tmp/d' | sha256sum -c && mv /tmp/d /tmp/a.apk && apk add --allow-untrusted /tmp/a.apk",
            )
        ),
        *(
            Good(
                f"FROM golang:1.24 AS b\n{text}\nFROM scratch\nCOPY --from=b /a /a\n",
                files={"go.mod": "", "go.sum": "", "api/go.mod": "", "api/go.sum": ""},
                why="go.sum still checks every module in it",
            )
            for text in (
                "ENV GOSUMDB=off\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build",
                "ARG GOSUMDB=off\nWORKDIR /src\nCOPY . .\nRUN go build",
                "COPY go.* ./\nRUN GOSUMDB=off go mod download",
                "WORKDIR /src\nRUN --mount=type=bind,target=. GOSUMDB=off go build -o /a",
                "ENV GOSUMDB=off\nRUN --mount=type=bind,source=go.sum,target=go.sum --mount=type=bind,source=go.mod,target=go.mod go mod download",
                "ENV GOSUMDB=off\nCOPY api /api\nRUN make -C /api",
                "ENV GONOSUMDB=x.org/private\nCOPY . .\nRUN go build",
            )
        ),
        Good(
            "FROM golang:1.24 AS base\nENV GOSUMDB=off\nFROM base AS b\nCOPY . .\nRUN go build\nFROM scratch\nCOPY --from=b /a /a\n",
            files={"go.mod": "", "go.sum": ""},
            why="the stage that runs go has it",
        ),
        Good(
            "FROM alpine:3.20\nRUN apk index --allow-untrusted -o APKINDEX.tar.gz *.apk\n",
            why="installs nothing",
        ),
        Good(
            "FROM debian:12\nRUN apt-get purge -y --force-yes a && apt-get -y --force-yes autoremove\n",
            why="installs nothing",
        ),
        Good(
            "FROM debian:12\nRUN echo 'deb [trusted=yes] file:/opt/archive ./' > /etc/apt/sources.list.d/x.list\n",
            why="made by the build itself",
        ),
        Good("FROM fedora:42\nRUN rpm --import https://x.org/key && dnf -y install a\n"),
        Good("FROM golang:1.24\nENV GOSUMDB=sum.golang.org GONOSUMDB=\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The signature of packages is not checked.

    Whoever can answer for the archive can install anything as root. Import the key of the archive instead
    (`signed-by=` for apt, `rpm --import`, a key in /etc/apk/keys). Files that the RUN verifies before are fine, and so are
    Go modules that a go.sum in the stage has: it is looked at first, with and without a checksum database.
    """
    for found in facts.switched_off("signature"):
        shown = found.place.text if found.place.text.startswith("-") else "this"
        yield Finding(
            found.place,
            f"{shown} means that nobody checks {found.switch.what}",
            advice="import the key of the archive instead",
        )
