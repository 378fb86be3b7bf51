"""Shell text in, a `Script` whose nodes know their exact places out; nothing is expanded and nothing is run."""
