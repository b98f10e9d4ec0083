"""Commands of the tiles."""
