"""DFG959: go install or go run without versions."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule
from dfguard.checks.packages._pins import unpinned


@rule(
    "DFG959",
    "pin-go",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3062",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3062",
        "https://go.dev/ref/mod#go-install",
    ),
    differs="packages that come from a variable are judged when their names are known, and left alone otherwise; commands behind sudo, env and the like are read, too.",
    bad=(
        Bad("FROM golang:1.22\nRUN go install «example.org/a/b»\n"),
        Bad("FROM golang:1.22\nRUN go get -u «example.org/a» && go run «example.org/t@latest» serve\n"),
    ),
    good=(
        Good("FROM golang:1.22\nRUN go install example.org/a/b@v1.2.3\n"),
        Good(
            "FROM golang:1.22\nRUN go install ./... && go run . now && go run ./cmd/x\n",
            why="the module at hand",
        ),
        Good("FROM golang:1.22\nRUN go run example.org/t@v1 serve me\n"),
        Good(
            "FROM golang:1.24\nRUN go install tool && go install cmd/vet\n",
            why="the tools of go.mod, and Go's own",
        ),
        Good("FROM golang:1.22\nRUN go build -o install ./cmd && go mod download\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Go installs or runs whatever version is newest.

    Write `path@version`; `@latest` means another one tomorrow.
    """
    yield from unpinned(facts, "go", "go-run")
