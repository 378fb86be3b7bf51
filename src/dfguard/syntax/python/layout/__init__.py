"""CPython's tree in, scopes with their bindings and the sites of calls and imports out, each under its guards and `try`s."""
