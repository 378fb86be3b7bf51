"""Secrets and downloads that nothing verifies: names, values and commands in, what leaks or is taken on trust out."""
