"""The checks: one module per rule in family folders; each sees the world through `dfguard.checks.api` alone."""
