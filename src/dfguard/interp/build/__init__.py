"""Plays the build: stages and the build context in, the state after each instruction out."""
