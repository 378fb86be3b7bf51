"""Commands that print or change text in, what they write out, character by character where it is known."""
