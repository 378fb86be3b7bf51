"""Dockerfile text in, instructions with exact spans out; what BuildKit refuses is a fault beside them."""
