"""A command that runs in, out comes what it does to files, where it may write, what it loads and which environments it makes."""
