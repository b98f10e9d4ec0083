"""The spatial model: where things are, which rules hold there, and when."""
