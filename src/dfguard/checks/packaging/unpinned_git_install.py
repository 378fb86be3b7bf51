"""DFG713: whatever stands on the default branch today."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG713",
    "unpinned-git-install",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://pip.pypa.io/en/stable/topics/vcs-support/",
        "https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install «git+https://github.com/a/b.git»\n",
            message="b is installed from",
        ),
        Bad("FROM python:3.12\nRUN pip install «'b @ git+https://github.com/a/b'»\n"),
        Bad(
            "FROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt\n",
            files={"r.txt": "a==1\n«git+ssh://git@github.com/a/b.git#egg=b»\n"},
        ),
    ),
    good=(
        Good(
            "FROM python:3.12\nRUN pip install git+https://github.com/a/b.git@v1.2 git+https://github.com/a/c@3f2a1c9#egg=c\n"
        ),
        Good("FROM python:3.12\nARG REF=v1\nRUN pip install git+https://github.com/a/b@$REF\n"),
        Good("FROM python:3.12\nRUN pip install https://x.org/b.tar.gz ./b b\n", why="no git"),
        Good(
            "FROM python:3.12\nRUN pip install git+https://github.com/a/b@main\n", why="the branch is meant"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A package is installed from a git repository without a ref.

    The default branch of the day is installed: the image changes with every push, a rename of the branch breaks the build,
    and the build cache hides both. Add `@` and a tag or a commit.
    """
    seen = set()
    for step, package in facts.installed:
        address = (package.url or "").partition("#")[0]
        if not address.startswith("git+") or "@" in address.rpartition("/")[2] or package.place in seen:
            continue
        seen.add(package.place)
        is_here = package.place.source is facts.source
        yield Finding(
            package.place,
            f"{package.name} is installed from whatever stands on the default branch of its repository",
            notes=() if is_here else (Note(step.instruction.keyword_text.place(), "is installed here"),),
            advice="add @ and a tag or a commit",
        )
