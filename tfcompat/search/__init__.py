"""Finds the ranges of releases with which scripts work, by running few cells."""
