"""Instructions to states: the build run on paper, and what the platform makes of the result."""
