"""What a run printed, as lines and numbers, and where two runs differ beyond noise."""
