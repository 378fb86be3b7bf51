"""Counts to the last line of the text report; without any import, for runs that are answered by the result cache."""

from __future__ import annotations

SEVERITIES = ("error", "warning", "info")


def found_text(counts: dict[str, int]) -> str:
    """`2 errors, 1 info`, empty when nothing is shown."""
    return ", ".join(
        f"{counts[s]} {s if s == 'info' or counts[s] == 1 else s + 's'}" for s in SEVERITIES if counts[s]
    )


def last_line(counts: dict[str, int], files: int) -> tuple[str, str]:
    """What was found in how many files, and what is hidden with the end of the line."""
    hidden = [f"{counts['maybe']} uncertain (see --maybe)"] if counts["maybe"] else []
    hidden += [f"{counts['suppressed']} suppressed"] if counts["suppressed"] else []
    if not files:
        return "no file was checked", "\n"
    return (
        f"{found_text(counts) or 'no findings'} in {files} {'file' if files == 1 else 'files'}",
        f"; hidden: {', '.join(hidden)}\n" if hidden else "\n",
    )
