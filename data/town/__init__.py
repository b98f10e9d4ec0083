"""云汀, an invented town: drawn by hand and a seed on a board in metres, written out as files a city might deliver.

plane: the board · sketch, places, plan: what was drawn by hand and ordered · streets, parcels, walks, layout: streets
and blocks · forms, houses, public, homes, doors: what stands there · areas, ground, facilities, trades, markets,
cameras, components, pipes, findings: what lies, hangs and is maintained there · rules, fences, works, people, dates:
what holds there, since when, and who answers for it · town: all of it · files: GeoJSON for the importer.
"""
