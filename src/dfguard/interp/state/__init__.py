"""The build's state: bindings, user, folder, packages and files in one frozen record."""
