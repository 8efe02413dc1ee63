"""Renders stored results; starts nothing."""
