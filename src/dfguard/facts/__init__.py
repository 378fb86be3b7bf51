"""What a check may see: a read-only view of the paper build; it exposes what `interp` derives, each at first use."""

from __future__ import annotations

from dfguard.facts.packaging import PackagingFacts
from dfguard.facts.preloads import PreloadFacts
from dfguard.facts.running import RunningFacts
from dfguard.facts.secrets import SecretFacts

__all__ = ["Facts"]


class Facts(PreloadFacts, RunningFacts, SecretFacts, PackagingFacts):
    """The facts of one Dockerfile for one deployment: the paper build, its models, its code, its secrets."""
