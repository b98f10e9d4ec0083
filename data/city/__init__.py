"""A district or a whole city that does not exist, drawn with arrays: for what only shows at size.

Everything is laid out square on a flat sheet, in metres, and the sheet is then bent: what does not touch on the sheet
does not touch on the map, and nothing is checked building by building.
"""
