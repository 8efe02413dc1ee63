"""Options that commands share: each module adds a group of them, and reads it back as a record."""
