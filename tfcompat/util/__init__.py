"""Helpers for processes, files, hosts and text; they know nothing of releases."""
