"""What is shown, to whom, and how it changes."""
