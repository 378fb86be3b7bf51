"""Plays shell scripts: nodes and the state before in, the state after and what could fail out."""
