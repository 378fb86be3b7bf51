"""Rules about how a Dockerfile is written, known from hadolint and BuildKit."""
