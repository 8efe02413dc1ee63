"""The vocabulary, the file format and the folder of stored results."""
