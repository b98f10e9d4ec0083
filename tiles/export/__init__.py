"""Public layers as one file for a CDN (PMTiles version 3), written from the same statement as any tile, and served."""
