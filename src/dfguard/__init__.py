"""dfguard runs a Dockerfile on paper and says what will break, what will be missing at run time, and how to fix it."""

__version__ = "0.1.0"
