"""Expressions of a layout in, the dotted names they stand for and what is known of their values out."""
