"""Packs (YAML under `rules/`) to records: what is true about platforms, libraries, loaders and base images."""
