"""Rules about the program in the image: the handler, its modules, its scripts, how it starts."""
