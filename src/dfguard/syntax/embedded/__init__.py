"""Python inside shell text and heredocs: instructions in, snippets whose every character knows its place out."""
