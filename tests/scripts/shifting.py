"""Prints the release of six that it runs with."""
import six

print("release:", six.__version__)
