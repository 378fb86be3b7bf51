"""Rules about GPUs: none at build time, the right one at run time."""
