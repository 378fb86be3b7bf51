"""The shell's own commands and other shells in, the changed shell and the scripts that they run out."""
