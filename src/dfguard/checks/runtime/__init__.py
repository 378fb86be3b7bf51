"""Rules about what the build leaves and what the process will see."""
