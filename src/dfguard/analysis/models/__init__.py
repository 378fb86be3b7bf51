"""Models: downloads and loads in, what is baked, looked up, hidden or missing out."""
