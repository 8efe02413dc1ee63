"""Pure functions from stored runs to verdicts, causes, and differences between campaigns."""
