"""DFG006: the second, independent parser reads the file differently."""

from dfguard.checks.api import Severity, declare

RULE = declare(
    "DFG006",
    "readers-differ",
    Severity.INFO,
    """A second parser reads an instruction differently (only with --verify).

    `dfguard check --verify` reads the file once more with the library dockerfile-parse and compares keyword, lines and
    text of every instruction. Where the two differ dfguard goes by its own reading, which follows BuildKit's. The
    known reasons are doubled escape characters at a line's end, which dockerfile-parse takes for a continuation.
    """,
    since="0.1.0",
    module=__name__,
)
