"""Rules about the repository around the Dockerfile."""
