"""Rules about the input itself and about dfguard's own directives."""
