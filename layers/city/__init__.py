"""Declarations of the layers over the spatial model, one module a subject."""
