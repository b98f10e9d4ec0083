"""Registers the layers of every subject; the order of drawing is in each style."""

from layers.city import addresses, areas, buildings, facilities, fences, ground, pipelines, rasters, streets, works
from layers.registry import register

for module in (ground, rasters, streets, areas, buildings, fences, works, pipelines, facilities, addresses):
    for layer in module.LAYERS:
        register(layer)
