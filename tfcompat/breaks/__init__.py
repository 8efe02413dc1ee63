"""Predicts what stops a script at a release from what it uses and what the release offers."""
