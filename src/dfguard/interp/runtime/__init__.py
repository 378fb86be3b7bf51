"""The run-time view: the final state and the platform in, the process, its mounts and its code out."""
