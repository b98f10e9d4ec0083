"""云汀, an invented town: drawn by a seed on a board in metres, written out as files a city might deliver.

plane: the board · plan: what was drawn by hand · streets, layout: streets and blocks · ground, houses, doors, areas,
pipes, facilities, rules: what stands, lies and holds there · town: all of it · files: GeoJSON for the importer.
"""
