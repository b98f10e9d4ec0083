"""Registered images as tiles: windows of files, moved onto the web map, drawn, kept and answered."""
