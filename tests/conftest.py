"""Hypothesis profiles: `steady` tries the same examples in every run, `search` looks for new ones and remembers them.

`pytest --hypothesis-profile=search` chooses the second. No example has a deadline: a busy machine is no failure.
Tests keep no results, but for those of the cache itself.
"""

from __future__ import annotations

import os

from hypothesis import settings

os.environ["DFGUARD_CACHE_DIR"] = ""

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=80)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("steady")
