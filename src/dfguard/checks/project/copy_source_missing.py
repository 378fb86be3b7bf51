"""DFG601: a COPY or ADD source that the build context does not hold."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule
from dfguard.checks.words import Word, together


@rule(
    "DFG601",
    "copy-source-missing",
    Severity.ERROR,
    since="0.1.0",
    overrules=("DFG803",),
    covers=("DFG978",),
    sources=(
        "https://docs.docker.com/reference/dockerfile/#copy",
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ),
    bad=(
        Bad(
            "FROM x\nCOPY «handler-new.py» /handler.py\n", files={"handler.py": ""}, message="handler-new.py"
        ),
        Bad("FROM x\nCOPY a.txt «b.txt» /x/\n", files={"a.txt": ""}),
        Bad(
            "FROM x\nCOPY «.env» /app/.env\n",
            files={".env": "", ".dockerignore": "# keep out\n.env\n"},
            message=".dockerignore",
        ),
        Bad(
            "FROM x\nCOPY «a» b c.py /x/\nCOPY «d» /x/\n",
            files={"c.py": ""},
            message="not in the build context",
        ),
        Bad("FROM x\nADD «src/» /app/\n", files={"lib/a.py": ""}),
        Bad('FROM x\nARG F=missing.txt\nCOPY ["«$F»", "/x/"]\n', files={"a.py": ""}),
        Bad(
            "FROM x\nCOPY «dist/» /app/\n",
            files={"a.py": "", ".gitignore": "dist/\n"},
            message="git",
        ),
        Bad(
            "FROM x\nCOPY «dist/» «out» /app/\n",
            files={"a.py": "", ".gitignore": "dist/*\n/out/*.js\n"},
            message="git ignores it",
        ),
        Bad(
            "FROM x\nCOPY «./server/schema» /etc/\n",
            files={
                "server/.keep": "",
                ".gitmodules": '[submodule "s"]\n\tpath = server\n\turl = https://example.org/s\n',
            },
            message="submodule",
        ),
        Bad(
            "FROM alpine\nCOPY «main.sh» /\n",
            files={
                "run/sh/notes.txt": "",
                "cmd/tool/main.go": 'package main\n\nvar folder = filepath.Join(root, "run", lang)\nvar c = exec.Command("docker", "build", tmp)\n',
            },
            name="run/sh/Dockerfile",
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nCOPY «server» /\n",
            files={
                "CMakeLists.txt": 'add_test(NAME image COMMAND sh -c "tar -xzf x.tgz && docker build -f ${SOURCE} .")\n'
            },
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nCOPY «server» /\n",
            files={"build.sh": "docker build -t x .\n"},
        ),
        Bad("FROM x\nCOPY «site.key» site.pem /etc/ssl/\n", files={"a.py": ""}, severity=Severity.INFO),
        Bad(
            "FROM x\nCOPY «build/assets» /srv/\n",
            files={"a.py": "", "ci.sh": "mkdir -p build\ntar -xzf drop.tgz -C build\n"},
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nCOPY «server» /\n",
            name="ci/Dockerfile",
            files={"build.sh": 'go build -o "$1/app" .\ncp ./ci/* "$1"\n', "ci/start.sh": ""},
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nCOPY «server» /\n",
            files={"Makefile": "server: main.go\n\tgo build .\n\nimage: server\n\tdocker build .\n"},
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nARG BINARY=server\nCOPY «$BINARY» /\n",
            files={"build.sh": "docker build --build-arg BINARY=dist/server .\n"},
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x\nARG TARGETARCH\nCOPY «server-$TARGETARCH» /\n",
            files={"a.py": ""},
            certainty_is_maybe=True,
        ),
        Bad(
            "FROM x AS dev\nCOPY «dev.txt» /\nFROM x\nCOPY a.py /\n", files={"a.py": ""}, message="stage dev"
        ),
    ),
    good=(
        Good("FROM x AS dev\nCOPY a.py /\nFROM x\nCOPY a.py /\n", files={"a.py": ""}),
        Good("FROM x\nCOPY . /app\n", files={"a.py": ""}),
        Good(
            "FROM x\nCOPY requirements.txt* constraints*.txt ./\n",
            files={"requirements.txt": ""},
            why="one wildcard may match nothing",
        ),
        Good(
            "FROM x\nCOPY *.whl /x/\n",
            files={"a.py": ""},
            why="BuildKit takes a wildcard that matches nothing",
        ),
        Good("FROM x AS b\nFROM x\nCOPY --from=b /missing /x\n", why="not from the context"),
        Good("FROM x\nARG F\nCOPY $F /x/\n", files={"a.py": ""}, why="an unknown name"),
        Good("FROM x\nCOPY <<EOF /x\nhi\nEOF\n"),
        Good("FROM x\nADD https://example.com/a.tar.gz /x/\n", files={"a.py": ""}),
        Good("FROM x\nCOPY ../a.py /x/\n", files={"a.py": ""}, why="BuildKit drops leading dots"),
        Good("FROM x\nCOPY a.py /x/\n", files={"a.py": "", ".dockerignore": "*\n!a.py\n"}),
        Good("FROM x\nARG A=a\nENV B=py\nCOPY $A.$B /x/\n", files={"a.py": ""}),
        Good("FROM x\nCOPY lib/*.py /x/\n", files={"lib/a.py": ""}),
        Good("FROM x\nRUN --mount=type=bind,source=lib,target=/lib ls /lib\n", files={"lib/a.py": ""}),
        Good("FROM x\nWORKDIR /a\nCOPY ./lib ./lib/\n", files={"lib/a.py": ""}),
        Good("FROM x\nCOPY --chmod=755 bin/a /x/\n", files={"bin/a": "", "build.sh": "docker build .\n"}),
        Good(
            "FROM x\nCOPY a.py b.p[y] /x/\n",
            files={"a.py": ""},
            why="a pattern may match nothing beside a file",
        ),
        Good("FROM x\nCOPY --parents lib/./a.py /x/\n", files={"lib/a.py": ""}),
        Good("FROM x\nCOPY site.key /etc/ssl/\n", files={"site.key": ""}),
        Good("FROM x\nCOPY build/assets /srv/\n", files={"build/assets/a.css": "", "ci.sh": "mkdir build\n"}),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A COPY or ADD names a source that is not in the build context.

    The build stops there. The file may be misspelt, not committed, kept out by .dockerignore, or the context may be
    another folder than thought. Files that git ignores may be made just before the build, those of a submodule may be
    fetched, keys and certificates are seldom committed, and a stage that the target does not need may be one that nobody
    builds: then it is only information.

    The context is certain where the repository's own files name it (compose, bake, dev containers, workflows, scripts,
    makefiles), where the Dockerfile lies in the root, and where only one folder from the Dockerfile's up to the root holds
    all that the build takes out of it. Elsewhere it is a guess, and so is the finding.
    """
    yield from together(_words(facts))


_KEYS = (".key", ".pem", ".crt", ".cer", ".p12", ".pfx", ".jks", ".keystore")


def _words(facts: Facts) -> Iterator[Word]:
    for copy in facts.all_copies:
        if not copy.is_missing or copy.origin is not None:
            continue
        pattern = described(copy.pattern)
        stage = facts.unneeded_stage(copy)
        aside = "" if stage is None else f"; only a build of the stage {stage} needs it"
        if copy.ignored_by:
            found = Finding(
                copy.place,
                f"{{names}} {{are}} kept out of the build context by {copy.ignored_by.path}{aside}",
                notes=(Note(copy.ignored_by, "this pattern excludes it"),),
                certainty=Certainty.SURE if facts.has_certain_context else Certainty.MAYBE,
                severity=Severity.INFO if aside else None,
                advice="take the pattern out, or add an exception with `!`",
            )
            yield Word(copy.instruction, pattern, found)
            continue
        where = "" if facts.context.name in {".", ""} else f" {facts.context.name}"
        if left_out := facts.left_out_of_clones(pattern):
            aside = f"; {left_out}{aside}"
        elif pattern.lower().endswith(_KEYS):
            aside = f"; keys and certificates are put there before the build{aside}"
        said = f"{pattern} is" if left_out else "{names} {are}"
        is_sure = facts.has_certain_context and (bool(left_out) or not facts.may_be_made_before(copy))
        found = Finding(
            copy.place,
            f"{said} not in the build context{where}{aside}",
            certainty=Certainty.SURE if is_sure else Certainty.MAYBE,
            severity=Severity.INFO if aside else None,
            advice="commit the file, mend the path, or build with the right context",
        )
        yield Word(copy.instruction, pattern, found)
