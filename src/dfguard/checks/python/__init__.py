"""Rules about Python inside the Dockerfile."""
