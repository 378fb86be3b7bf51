"""Commands that make, copy, move, remove, find and unpack files in, the files after them and what they wrote out."""
