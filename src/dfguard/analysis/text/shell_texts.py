"""Instructions and scripts of the image to the texts that ShellCheck is to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.shell.nodes import Dialect
from dfguard.syntax.shell.shellcheck import ShellText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.interp.runtime.scripts import RunScript
    from dfguard.interp.state.model import Step
    from dfguard.syntax.dockerfile.document import Document

PROXIES = tuple("HTTP_PROXY http_proxy HTTPS_PROXY https_proxy FTP_PROXY ftp_proxy NO_PROXY no_proxy".split())
"""Build arguments that every RUN may read without declaring them."""
_NAMED = {Dialect.POSIX: "/bin/sh", Dialect.BASH: "/bin/bash"}


def shell_texts(document: Document, outline: Outline) -> Iterator[ShellText]:
    """What RUN (ONBUILD included), CMD, ENTRYPOINT and HEALTHCHECK give to a shell: the shell forms as it gets them, and
    what they give to further shells in turn (`bash <<EOF`, `["bash", "-c", "…"]`).
    """
    from dfguard.syntax.shell import run_script
    from dfguard.syntax.shell.nested import whole_scripts
    from dfguard.syntax.suppressions.other_tools import shell_of_hadolint

    for site in outline.of("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", with_triggers=True):
        told = shell_of_hadolint(document, site.outer)
        words = (told,) if told else site.shell
        script = run_script(site.instruction, words)
        if script is None or script.dialect is Dialect.OTHER or script.interpreter:
            continue
        variables = tuple(_variables(outline, site))
        if not site.instruction.is_json:
            shell = script.shebang or (told and _path(told)) or " ".join(words)
            yield ShellText(script.text, shell, variables)
        yield from (
            ShellText(s.text, _NAMED[s.dialect], variables)
            for s in whole_scripts(script)
            if s.dialect in _NAMED
        )


def script_texts(scripts: Iterable[RunScript]) -> Iterator[ShellText]:
    """The script files that the build or the process runs; a text with a `#!` of its own names its shell there."""
    for script in scripts:
        shell = _NAMED.get(script.dialect)
        if shell is not None:
            yield ShellText(script.content, shell)


def _path(name: str) -> str:
    return name if "/" in name else f"/bin/{name}"


def _variables(outline: Outline, site: Site) -> Iterator[str]:
    step: Step | None = outline.step_of(site.outer)
    names = [*PROXIES]
    if step is not None:
        names += (name for name, _ in step.before.environment.variables)
        names += (name for name, _ in step.before.arguments)
    yield from (name for name in dict.fromkeys(names) if name.isidentifier() and name.isascii())
