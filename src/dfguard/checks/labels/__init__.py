"""Rules about LABEL: keys, and the values a label schema asks for."""
