"""Packages: install commands and imports in, what cannot be installed, found or imported out."""
