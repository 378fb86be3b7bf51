"""What each known shell command does to files, users, packages and variables: one transfer function per command.

`registry` finds them by name and imports a family only when one of its commands is met.
"""
