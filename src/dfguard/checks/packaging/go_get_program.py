"""DFG717: go get outside of a module."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG717",
    "go-get-program",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://go.dev/doc/go1.18#go-get", "https://go.dev/doc/go-get-install-deprecation"),
    bad=(
        Bad("FROM golang\nRUN «go get example.org/tools/lister»\nCMD lister\n", advice="go install"),
        Bad("FROM golang:1.22-alpine AS tools\nRUN apk add git && «go get -u example.org/tools/lister@v2»\n"),
        Bad("FROM golang:1-bookworm\nWORKDIR /work\nRUN «go get example.org/a» && go get example.org/b\n"),
        Bad(
            "FROM golang:1.18\nRUN if [ -e /etc/alpine-release ]; then «go get example.org/a»; fi\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good("FROM golang:1.17\nRUN go get example.org/tools/lister\n", why="warns only"),
        Good("FROM golang:1-stretch\nRUN go get example.org/tools/lister\n", why="it may be an old one"),
        Good("FROM golang:1.25\nRUN go install example.org/tools/lister@latest\n"),
        Good("FROM golang:1.25\nCOPY go.mod .\nRUN go get example.org/tools/lister\n", why="in a module"),
        Good("FROM golang:1.25\nRUN go mod init a && go get example.org/tools/lister\n"),
        Good("FROM golang:1.25\nRUN git clone https://example.org/a . && go get ./...\n"),
        Good(
            "FROM golang:1.25\nENV GO111MODULE=off\nRUN go get example.org/tools/lister\n",
            why="without modules",
        ),
        Good("FROM golang:1.25\nRUN GO111MODULE=auto go get example.org/tools/lister\n"),
        Good("FROM golang:1.25\nRUN go get example.org/tools/lister || true\n"),
        Good("FROM golang:1.25\nRUN --mount=type=bind,target=. go get ./...\n"),
        Good("FROM example/golang\nRUN go get example.org/tools/lister\n", why="whatever Go that is"),
        Good("FROM golang:1.25\nRUN ./prepare.sh\nRUN go get example.org/tools/lister\n", why="nobody knows"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Go get is called where no module is, and Go 1.18 and newer refuse that.

    It ends with "go.mod file not found in current directory or any parent directory. 'go get' is no longer supported outside
    a module." Programs are installed with `go install PROGRAM@VERSION`; in a module `go get` only changes its go.mod.
    """
    for found in facts.refused_gets:
        yield Finding(
            found.run.place,
            "go get is refused outside of a module",
            notes=(Note(found.base, "has a Go that only changes go.mod with it"),),
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice="go install PROGRAM@VERSION",
        )
