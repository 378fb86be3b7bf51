"""The entry point: `dfguard ...` and `python -m dfguard ...`."""

from __future__ import annotations

import atexit
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    import gc

    from dfguard import bundle

    gc.disable()
    words, read = sys.argv[1:], None
    if words[:1] == ["check"]:
        from dfguard.cli.again import answer
        from dfguard.cli.options import read_plainly

        read = read_plainly(words[1:])
        code = answer(*read) if read is not None else None
        if code is not None:
            sys.exit(code)
    if words[:1] not in (["rules"], ["explain"]) and not bundle.install():
        atexit.register(_keep_bundle)
    if read is not None:
        from dfguard.cli.check import run_check

        sys.exit(run_check(*read))
    if words == ["--version"]:
        from dfguard import __version__

        sys.stdout.write(f"dfguard {__version__}\n")
        sys.exit(0)
    from dfguard.cli.app import run

    sys.exit(run(words))


def _keep_bundle() -> None:
    from dfguard import bundling

    bundling.keep()


if __name__ == "__main__":
    main()
