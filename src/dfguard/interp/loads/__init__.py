"""Loads of models: calls and commands in, what each reads, writes or downloads out."""
