"""The innermost layer: records, source text, findings and edits; it imports nothing but the standard library."""
