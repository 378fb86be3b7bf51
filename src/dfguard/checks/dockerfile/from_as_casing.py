"""DFG970: FROM and AS in different cases."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG970",
    "from-as-casing",
    Severity.INFO,
    since="0.1.0",
    aliases=("FromAsCasing",),
    sources=("https://docs.docker.com/reference/build-checks/from-as-casing/",),
    bad=(
        Bad("FROM debian:12 «as» a\n", fixed="FROM debian:12 AS a\n"),
        Bad("from debian:12 «As» a\n", fixed="from debian:12 as a\n"),
    ),
    good=(
        Good("FROM debian:12 AS a\n"),
        Good("from debian:12 as a\n"),
        Good("From debian:12 as a\n", why="FROM itself is neither"),
        Good("FROM debian:12\n"),
        Good("FROM registry/postgres:{{ cookiecutter.version }}\n", why="a placeholder, and no AS"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """FROM is written in another case than its AS.

    Both are keywords of one instruction.
    """
    for site in facts.outline.of("FROM"):
        keyword, arguments = site.instruction.keyword_text.value, site.instruction.arguments
        if (
            len(arguments) != 3
            or arguments[1].value.lower() != "as"
            or keyword not in {keyword.lower(), keyword.upper()}
        ):
            continue
        word = arguments[1].value
        wanted = word.lower() if keyword.islower() else word.upper()
        if word != wanted:
            place = arguments[1].place()
            fix = Fix(f"write {wanted}", (Edit(place, wanted),), is_safe=True)
            yield Finding(place, f"{word} does not match the case of {keyword}", fix=fix)
