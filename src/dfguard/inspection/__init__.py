"""The paper build to a record tree that says what the image will be: `Inspection`, which `reports` renders."""
