"""DFG972: keywords in different cases."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG972",
    "instruction-casing",
    Severity.INFO,
    since="0.1.0",
    aliases=("ConsistentInstructionCasing",),
    sources=("https://docs.docker.com/reference/build-checks/consistent-instruction-casing/",),
    bad=(
        Bad('FROM debian:12\n«run» a\nCMD ["b"]\n', fixed='FROM debian:12\nRUN a\nCMD ["b"]\n'),
        Bad(
            "from debian:12\nrun a\n«COPY» b c\n", fixed="from debian:12\nrun a\ncopy b c\n", files={"b": ""}
        ),
        Bad("FROM debian:12\n«Run» a\n", fixed="FROM debian:12\nRUN a\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN a\n"),
        Good("from debian:12\nrun a\n"),
        Good("arg A\nFROM debian:12\nRUN a\n", why="what stands before the first FROM is in no stage"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Keywords are written partly in capitals and partly not.

    One file should keep to one way; the majority decides.
    """
    words = [i.keyword_text for stage in facts.document.stages for i in stage.instructions]
    lower = sum(word.value.islower() for word in words)
    upper = sum(word.value.isupper() for word in words)
    is_lower = lower > upper
    for word in words:
        wanted = word.value.lower() if is_lower else word.value.upper()
        if word.value != wanted:
            place = word.place()
            fix = Fix(f"write {wanted}", (Edit(place, wanted),), is_safe=True)
            case = "lower case" if is_lower else "capitals"
            yield Finding(
                place, f"{word} is not written in {case} like most instructions of this file", fix=fix
            )
