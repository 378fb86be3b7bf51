"""Words as parsed and a shell in, the fields and values they expand to out, and whether a test on them holds."""
