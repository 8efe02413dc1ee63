"""The command line: parsing, one file a command, exit codes."""
