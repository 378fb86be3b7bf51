"""The entry point: `dfguard ...` and `python -m dfguard ...`."""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command line and exit with its code."""
    import gc

    from dfguard import bundle

    gc.disable()
    other = bundle.disturbed()
    if other is not None:
        sys.stderr.write(f"dfguard: {other}\n")
    words, read = sys.argv[1:], None
    if words[:1] == ["check"]:
        from dfguard.cli.again import answer
        from dfguard.cli.options import read_plainly

        read = read_plainly(words[1:])
        code = answer(*read) if read is not None else None
        if code is not None:
            _leave(code)
    is_bundled = words[:1] in (["rules"], ["explain"]) or bundle.install()
    if not is_bundled:
        atexit.register(_keep_bundle)
    if read is not None:
        from dfguard.cli.check import run_check

        code = run_check(*read)
        if is_bundled:
            _leave(code)
        sys.exit(code)
    if words == ["--version"]:
        from dfguard.cli.containment import contained_command

        sys.exit(contained_command(_tell_version))
    from dfguard.cli.app import run

    sys.exit(run(words))


def _leave(code: int) -> NoReturn:
    """Exit without taking everything apart, which takes 10 ms."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            code = code or 2
    os._exit(code)


def _tell_version() -> int:
    from dfguard import __version__
    from dfguard.cli.streams import say

    say(f"dfguard {__version__}\n")
    return 0


def _keep_bundle() -> None:
    from dfguard import bundling

    bundling.keep()


def _leave_out_the_working_directory() -> None:
    """`python -m` looks for modules in the working directory first: what is to be checked lies there, and is not run."""
    package = os.path.dirname(os.path.abspath(__file__))
    first = os.path.abspath(sys.path[0]) if sys.path else ""
    if not sys.flags.safe_path and first != os.path.dirname(package) and first == os.path.abspath("."):
        del sys.path[0]


if __name__ == "__main__":
    _leave_out_the_working_directory()
    main()
