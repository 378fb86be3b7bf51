"""Text to trees: Dockerfile, shell and Python, every node with its exact place in the source it came from."""
