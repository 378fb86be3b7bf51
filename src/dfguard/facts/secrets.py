"""What checks may see of secrets: names that mean one, what prints them, what keeps them, files that hold them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.facts.code import CodeFacts

if TYPE_CHECKING:
    from dfguard.analysis.secrets.disabled_protections import SwitchedOff
    from dfguard.analysis.secrets.hardcoded_secrets import Default
    from dfguard.analysis.secrets.permission_bits import ModeWord
    from dfguard.analysis.secrets.piped_code import PipedCode
    from dfguard.analysis.secrets.secret_files import CopiedSecret
    from dfguard.analysis.secrets.secret_scope import Scope
    from dfguard.analysis.secrets.secret_uses import KeptSecret, PrintedSecret, SecretAddress
    from dfguard.analysis.text.outline import Section
    from dfguard.core.source import Place
    from dfguard.interp.state.model import Step
    from dfguard.knowledge.secrecy import Secrecy, Token
    from dfguard.syntax.shell.nodes import Script


class SecretFacts(CodeFacts):
    """Facts about secrets."""

    @cached_property
    def secrecy(self) -> Secrecy:
        """What is secret, as questions."""
        from dfguard.knowledge.secrecy import Secrecy

        return Secrecy(self.knowledge.security)

    @cached_property
    def printed_secrets(self) -> tuple[PrintedSecret, ...]:
        """The secrets that RUN instructions print into the build log."""
        from dfguard.analysis.secrets.secret_uses import printed_secrets

        return tuple(found for _, script, scope in self._scopes for found in printed_secrets(script, scope))

    @cached_property
    def kept_secrets(self) -> tuple[KeptSecret, ...]:
        """The secrets that stay in layers of the image."""
        from dfguard.analysis.secrets.secret_uses import kept_secrets

        return tuple(
            found
            for step, script, scope in self._scopes
            if self.is_layer(step)
            for found in kept_secrets(step, script, scope, self.knowledge)
        )

    @cached_property
    def secret_addresses(self) -> tuple[SecretAddress, ...]:
        """The build arguments without a telling name that are passwords in addresses."""
        from dfguard.analysis.secrets.secret_uses import addresses

        return tuple(
            found for step, script, scope in self._scopes for found in addresses(step, script, scope)
        )

    @cached_property
    def copied_secrets(self) -> tuple[CopiedSecret, ...]:
        """The files with credentials that COPY and ADD bring into layers of the image."""
        from dfguard.analysis.secrets.secret_files import copied_secrets

        return tuple(
            found
            for step in self.steps
            if step.instruction.keyword in {"COPY", "ADD"} and self.is_layer(step)
            for found in copied_secrets(step, self.context, self.secrecy)
        )

    @cached_property
    def _scopes(self) -> tuple[tuple[Step, Script, Scope], ...]:
        """Every RUN with a script, and what is secret in it."""
        from dfguard.analysis.secrets.secret_scope import scope_of

        scripts = ((s, s.effects.script) for s in self.steps if s.instruction.keyword == "RUN")
        return tuple(
            (step, script, scope_of(step, script, self.secrecy)) for step, script in scripts if script
        )

    @cached_property
    def _layers(self) -> frozenset[int]:
        """The stages whose layers are the image's: the target and those it is built on."""
        found: set[int] = set()
        at = self.target.stage.index if self.target else None
        parents = {trace.stage.index: trace.parent for trace in self.traces}
        while at is not None and at not in found:
            found.add(at)
            at = parents.get(at)
        return frozenset(found)

    def is_layer(self, step: Step) -> bool:
        """Whether the layer of a step is one of the image's."""
        return step.stage in self._layers

    def is_in_image(self, section: Section) -> bool:
        """Whether the layers and the variables of a stage are the image's; True in a fragment."""
        return section.stage is None or not self._layers or section.stage.index in self._layers

    def is_needed(self, section: Section) -> bool:
        """Whether the image needs the stage; True for the instructions of a fragment, False for those before FROM."""
        if section.stage is None:
            return not self.document.stages
        return any(t.is_shipped for t in self.traces if t.stage.index == section.stage.index)

    @cached_property
    def written_tokens(self) -> tuple[tuple[Token, Place], ...]:
        """What has the shape of a token in the Dockerfile and in the programs that build and process run, and where it stands."""
        from dfguard.analysis.secrets.hardcoded_secrets import tokens_of

        code = (one.program.source for one in self.run_code)
        scripts = (script.content.source for script in self.run_scripts)
        return tuple(tokens_of((self.source, *code, *scripts), self.secrecy))

    @cached_property
    def secret_defaults(self) -> tuple[Default, ...]:
        """The secrets that Python of the build or of the process falls back on where a variable is not set."""
        from dfguard.analysis.secrets.hardcoded_secrets import secret_defaults

        return tuple(secret_defaults(self.run_code, self.secrecy))

    def switched_off(self, kind: str) -> tuple[SwitchedOff, ...]:
        """The places that switch a protection of that kind (`tls`, `signature`) off."""
        return tuple(found for found in self._switched_off if found.switch.kind == kind)

    @cached_property
    def _switched_off(self) -> tuple[SwitchedOff, ...]:
        from dfguard.analysis.secrets.disabled_protections import switched_off

        return tuple(switched_off(self.outline, self.knowledge.security.switches, self.context))

    @cached_property
    def modes(self) -> tuple[ModeWord, ...]:
        """The permission bits that commands and COPY ask for."""
        from dfguard.analysis.secrets.permission_bits import mode_words

        return tuple(mode_words(self.outline))

    @cached_property
    def piped_code(self) -> tuple[PipedCode, ...]:
        """The downloads that RUN instructions run as they come."""
        from dfguard.analysis.secrets.piped_code import piped_code

        return tuple(piped_code(self.outline))
