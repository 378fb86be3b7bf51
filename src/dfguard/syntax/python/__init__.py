"""Python text in, a program of calls, names, values and faults out; nothing is executed."""
