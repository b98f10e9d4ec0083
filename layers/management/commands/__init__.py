"""Commands of the layers."""
