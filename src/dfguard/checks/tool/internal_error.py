"""DFG000: dfguard itself failed."""

from dfguard.checks.api import Severity, declare

RULE = declare(
    "DFG000",
    "internal-error",
    Severity.ERROR,
    """A rule or the analysis itself crashed.

    The finding names the rule and what it raised; every other rule and every other file is still checked, and the
    exit code is 3. Nothing is wrong with the Dockerfile: please report the crash together with the file.
    """,
    since="0.1.0",
    module=__name__,
)
