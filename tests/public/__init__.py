"""What residents are given, read as a stranger would read it."""
