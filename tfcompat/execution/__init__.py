"""Builds, runs, stores and judges cells."""
