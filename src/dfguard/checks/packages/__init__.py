"""Rules about package managers in RUN: pinned versions, no questions asked, caches cleaned."""
