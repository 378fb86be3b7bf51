"""Reports to text, JSON, SARIF and GitHub annotations; each format is one module and knows no rule."""
