"""Python code in, out comes whether Python takes it, which version does, and what is really wrong where none does."""
