"""Rules about secrets and the supply chain."""
