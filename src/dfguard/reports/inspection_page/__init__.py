"""Inspection to one self-contained page: no network, no foreign script or font, every text of a file escaped."""

from __future__ import annotations

from dfguard.reports.inspection_page.frame import render

__all__ = ["render"]
