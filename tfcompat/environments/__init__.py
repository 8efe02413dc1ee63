"""Returns an isolated environment for a release on a Python, or a typed failure."""
