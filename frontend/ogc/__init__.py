"""The layers to other programs: OGC API Features and Tiles, all from the registry; what a module does its name says."""
