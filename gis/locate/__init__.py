"""The geocoder: a line as people write it → its parts → what is in the index → a place, how exact and how sure."""
