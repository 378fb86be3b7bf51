"""Package managers and downloaders in, the packages and files they bring out, and whether they must fail."""
