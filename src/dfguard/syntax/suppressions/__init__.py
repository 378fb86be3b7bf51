"""Comments in, suppressions out: our own and those of hadolint, BuildKit and tally."""
