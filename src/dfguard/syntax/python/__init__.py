"""Python text in; a verdict (`verdict`) and a program of calls, names, values and faults out; nothing is executed."""
