"""DFG001: a suppression comment that hides nothing."""

from dfguard.checks.api import Severity, declare

RULE = declare(
    "DFG001",
    "unused-suppression",
    Severity.WARNING,
    """A suppression comment hides nothing.

    `# dfguard: ignore=RULE reason` above an instruction hides that rule's findings there (above a FROM: in the whole
    stage), `# dfguard: ignore-file=RULE reason` in the whole file. A comment that names no rule, is not of this form, or
    stands where the rule finds nothing only pretends to be needed: remove it, or fix it. A suppression of a rule
    that did not run is left alone. The comments of other tools count as well: `# hadolint ignore=RULE # why`,
    `# hadolint stage ignore=`, `# hadolint global ignore=`, `# check=skip=RULE // why`, `# tally ignore=RULE;reason=why` and
    `# tally global ignore=`. Those that their own tool would not understand are reported; whether the tool needs the others
    only the tool can say.
    """,
    since="0.1.0",
    module=__name__,
)
