"""Experiments that show why a release gives another result: its packages, its Python or itself."""
