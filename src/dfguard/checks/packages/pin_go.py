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
    differs=(
        "a path whose first part has no dot is of the standard library or of the module at hand, and has no version "
        "(`go get -tool foobar`). "
        "Packages that come from a variable are judged when their names are known, and left alone otherwise; commands "
        "behind sudo, env and the like are read, too. `go install` and `go run` of a package without a version take the one "
        "that go.mod says and fail without one: only the profile hadolint reports them."
    ),
    bad=(
        Bad("FROM golang:1.22\nRUN go get -u «example.org/a» && go run «example.org/t@latest» serve\n"),
        Bad(
            "FROM golang:1.25\nRUN go install «example.org/a@latest» && xx-go install «example.org/b@latest»\n"
        ),
        Bad("FROM golang:1.25\nRUN go get -tool «example.org/a»\n"),
        Bad("FROM golang:1.22\nRUN go install «example.org/a/b»\n", options={"profile": "hadolint"}),
        Bad("FROM golang:1.25\nRUN go install tool «example.org/a»\n", options={"profile": "hadolint"}),
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
        Good(
            "FROM golang:1.25\nRUN go run make.go -x && go run -mod=mod ../gen/a.go b.go\n", why="local files"
        ),
        *(
            Good(f"FROM golang:1.25\nRUN {command}\n", why="go.mod says the version, else it is refused")
            for command in (
                "go install tool example.org/cmd/gen",
                "go install example.org/cmd/gen",
                "go run example.org/cmd/gen -x",
                "xx-go install example.org/cmd/gen",
            )
        ),
        Good("FROM golang:1.25\nRUN go get -tool example.org/cmd/gen@v1.2.3\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Go installs or runs whatever version is newest.

    Write `path@version`; `@latest` means another one tomorrow. `go get` without a version takes the newest, too.
    """
    yield from unpinned(facts, "go-install", "go-get", "go-run")
