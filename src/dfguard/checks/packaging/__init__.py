"""Rules about Python packaging and shell in images."""
