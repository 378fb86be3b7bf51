"""The image's file system: writes, moves and removals in, what is there, may be there or is gone out, with its history."""
