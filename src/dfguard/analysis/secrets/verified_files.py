"""A command and the files that it takes to whether the same RUN verified these very files before."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dfguard.interp.state.model import Failure
from dfguard.syntax.shell.calls import nodes
from dfguard.syntax.shell.nodes import AndOr, If, Negation, Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.analysis.text.outline import Outline, Site
    from dfguard.syntax.shell.calls import Call
    from dfguard.syntax.shell.nodes import Command, Node

_SUMS = frozenset(
    ["sha256sum", "sha512sum", "sha1sum", "md5sum", "sha224sum", "sha384sum", "b2sum", "b3sum", "shasum"]
)
_SIGNATURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gpg": (("verify",), ()),
    "gpg2": (("verify",), ()),
    "gpgv": ((), ()),
    "minisign": (("V",), ()),
    "signify": (("V",), ()),
    "cosign": ((), ("verify", "verify-blob", "verify-blob-attestation")),
    "slsa-verifier": ((), ("verify-artifact",)),
    "gh": ((), ("attestation",)),
    "openssl": (("verify", "signature"), ()),
    "rpm": (("K", "checksig"), ()),
    "rpmkeys": (("K", "checksig"), ()),
}
"""Programs that verify a signature of the files they are given, with the options and words that make them do so."""
DOWNLOADERS = frozenset(["curl", "wget", "aria2c", "fetch"])
_MOVERS = frozenset(
    ["tar", "bsdtar", "unzip", "7z", "gunzip", "xz", "zstd", "ar", "mv", "cp", "ln", "install"]
)
"""Programs that make files of those they are given."""
_SIGNATURE_ENDS = (".asc", ".sig", ".sign", ".gpg", ".minisig", ".bundle", ".pem")
_UNKNOWN = "${"


def verifies(call: Call) -> bool:
    """Whether a command checks a checksum or a signature, of whatever."""
    if call.name in _SUMS:
        return call.has_flag("c", "check")
    if call.name not in _SIGNATURES:
        return False
    flags, words = _SIGNATURES[call.name]
    return not (flags or words) or call.has_flag(*flags) or call.has(*words)


def are_verified(outline: Outline, site: Site, call: Call, files: Iterable[str]) -> bool:
    """Whether each of the files is verified before the command, which does not run when that fails."""
    checks = [
        other for other in outline.calls_in(site) if verifies(other) and _guards(outline, site, other, call)
    ]
    return bool(checks) and all(
        any(_names(outline, site, check, file) for check in checks)
        or _comes_of_verified(outline, site, checks, file)
        for file in files
    )


def _comes_of_verified(outline: Outline, site: Site, checks: list[Call], file: str) -> bool:
    """Whether a file is not downloaded as it is, and what is verified is unpacked or moved: it comes of that."""
    others = outline.calls_in(site)
    loads = (word for other in others if other.name in DOWNLOADERS for word in other.arguments)
    if any(_may_be(word, file) for word in loads):
        return False
    sources = {
        word for other in others if other.name in _MOVERS for word in other.arguments if word[:1] != "-"
    }
    return any(_names(outline, site, check, source) for check in checks for source in sources)


def _guards(outline: Outline, site: Site, check: Call, call: Call) -> bool:
    """Whether the command stands after the check and runs only when that succeeds: in the same `&&` chain, in the branch
    that it is the test of, or because its failure ends the step. What stands in the text of another shell cannot be told.
    """
    if check.place.source is not call.place.source or check.place.span.start >= call.place.span.start:
        return False
    script = outline.script(site)
    first, second = check.command, call.command
    if script is None or first is None or second is None:
        return False
    if check.is_wrapped or call.is_wrapped or _ends_step(outline, site, first):
        return True
    return any(_makes_wait(node, first, second) for node in nodes(script.body))


def _ends_step(outline: Outline, site: Site, command: Command) -> bool:
    step = outline.step_of(site.outer)
    runs = [run for run in step.effects.commands if run.command is command] if step else []
    return bool(runs) and all(run.failure is Failure.FATAL for run in runs)


def _makes_wait(node: Node, first: Command, second: Command) -> bool:
    if isinstance(node, AndOr):
        is_chain = node.operator == "&&"
        return is_chain and _is_in(second, node.right) and _lets_fail(node.left, first)
    if isinstance(node, If):
        tests = ((branch.test, branch.body) for branch in node.branches if branch.test)
        return any(_is_in(second, body) and _lets_fail(test, first) for test, body in tests)
    return False


def _lets_fail(node: Node, command: Command) -> bool:
    """Whether a node fails when a command in it fails: nothing turns that round or goes on all the same."""
    if not _is_in(command, node):
        return False
    inner = nodes(node)
    swallowing = (one for one in inner if isinstance(one, AndOr) and one.operator == "||")
    turning = (
        one for one in inner if isinstance(one, Negation) or (isinstance(one, Pipeline) and one.is_negated)
    )
    return not any(_is_in(command, one.left) for one in swallowing) and not any(
        _is_in(command, one) for one in turning
    )


def _is_in(command: Command, node: Node) -> bool:
    return any(inner is command for inner in nodes(node))


def _names(outline: Outline, site: Site, check: Call, file: str) -> bool:
    """Whether a check is of that file. A list of checksums that is not written out may hold any file."""
    if check.name in _SUMS:
        written = _written_to(outline, site, check)
        words = [word for text in written for word in text.split()]
        return not written or any(_may_be(word.lstrip("*"), file) for word in words)
    return any(_may_be(each, file) for word in check.arguments for each in (word, _signed_by(word)))


def _signed_by(word: str) -> str:
    """The file whose signature a file is, when it is called so: `a.apk` for `a.apk.asc`."""
    return next((word.removesuffix(end) for end in _SIGNATURE_ENDS if word.endswith(end)), word)


def _may_be(word: str, file: str) -> bool:
    """Whether a word may be that file: they differ only in variables and patterns."""
    a, b = (_pattern(posixpath.basename(each.rstrip("/\\n"))) for each in (word, file))
    return bool(a) and (fnmatchcase(a, b) or fnmatchcase(b, a))


def _pattern(name: str) -> str:
    """A name with every variable in it as a pattern that fits any text."""
    found = ""
    while _UNKNOWN in name:
        before, _, rest = name.partition(_UNKNOWN)
        found, name = f"{found}{before}*", rest.partition("}")[2]
    return found + name


def _written_to(outline: Outline, site: Site, check: Call) -> list[str]:
    """The texts that are written to the standard input of a command, as far as they stand in the script; empty when it reads
    something else, too.
    """
    script = outline.script(site)
    if script is None or check.command is None:
        return []
    here = [r.content for r in check.command.redirects if r.content]
    if here:
        return [word.raw.value for word in here]
    pipelines = [node for node in nodes(script.body) if isinstance(node, Pipeline)]
    for pipeline in pipelines:
        if any(part is check.command for part in pipeline.parts[1:]):
            writers = [other for other in outline.calls_in(site) if _writes(other, pipeline.parts[0])]
            return [" ".join(writer.arguments) for writer in writers]
    return []


def _writes(call: Call, node: Node) -> bool:
    return call.command is node and call.name in {"echo", "printf"}


def checks_in(outline: Outline, site: Site) -> Iterator[Call]:
    """The commands of a RUN that verify something."""
    return (call for call in outline.calls_in(site) if verifies(call))
