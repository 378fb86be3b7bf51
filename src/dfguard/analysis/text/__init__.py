"""The text of the Dockerfile: documents and suppressions in, what their spelling does out."""
