"""DFG307: two cache variables that should be one inside the other name the same directory."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, Value, known, rule

PAIRS = (
    ("HF_HUB_CACHE", "HF_HOME", "hub"),
    ("HUGGINGFACE_HUB_CACHE", "HF_HOME", "hub"),
    ("HF_DATASETS_CACHE", "HF_HOME", "datasets"),
)


@rule(
    "DFG307",
    "hub-cache-equals-home",
    Severity.INFO,
    since="0.1.0",
    sources=("huggingface_hub/constants.py@2.4.0",),
    bad=(
        Bad("FROM x\nENV HF_HOME=/models\nENV HF_HUB_CACHE=«/models»\n", message="/models/hub"),
        Bad("FROM x\nENV HF_HOME=/m/ HUGGINGFACE_HUB_CACHE=«/m»\n"),
    ),
    good=(
        Good("FROM x\nENV HF_HOME=/models\nENV HF_HUB_CACHE=/models/hub\n"),
        Good("FROM x\nENV HF_HUB_CACHE=/models\n", why="alone it says all there is to say"),
        Good("FROM x\nARG A\nENV HF_HOME=$A HF_HUB_CACHE=/models\n", why="an unknown directory"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """HF_HUB_CACHE is the same directory as HF_HOME.

    HF_HUB_CACHE holds `models--ORG--NAME` itself and is normally HF_HOME/hub. With both the same the models lie one level
    higher than any process that knows only HF_HOME looks: it downloads again.
    """
    if facts.target is None:
        return
    environment = facts.target.final.environment
    for inner, outer, name in PAIRS:
        a, b = environment.get(inner), environment.get(outer)
        left, right = (known(v.value) if v else None for v in (a, b))
        if a is None or b is None or left is None or right is None or left.rstrip("/") != right.rstrip("/"):
            continue
        place, other = _place(a.value, inner), _place(b.value, outer)
        if place is None:
            continue
        notes = (Note(other, f"{outer} is set here"),) if other and other != place else ()
        yield Finding(
            place,
            f"{inner} is the same directory as {outer}; libraries that know only {outer} look in {right.rstrip('/')}/{name}",
            notes=notes,
            advice=f"set only {outer}, or {inner} to {right.rstrip('/')}/{name}",
        )


def _place(value: Value, name: str) -> Place | None:
    """Where the variable itself is set, else where its value comes from."""
    own = [binding for binding in value.because if binding.name == name]
    return next((binding.place for binding in (*own, *value.because)), None)
