"""Rules about model weights: what is baked, what is looked up."""
