"""Python as far as the build needs it: programs and command lines in, modules, interpreters and values out."""
