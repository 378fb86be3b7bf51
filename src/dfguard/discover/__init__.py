"""Paths to targets: which Dockerfiles there are, with which context, in which repository."""
