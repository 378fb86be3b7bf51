"""Build arguments and environment variables: the played stages in, those that are missing, undefined or unread out."""
