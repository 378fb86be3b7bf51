"""Broken Python in a Dockerfile in, edits that mean what its author meant out."""
