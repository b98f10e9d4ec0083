"""Filters that strangers write, in CQL2 (OGC 21-065r2), as conditions of the ORM: text or JSON → tree → expression."""

from layers.filters.predicates import condition as condition
from layers.filters.reading import LANGUAGES as LANGUAGES
from layers.filters.reading import read as read
