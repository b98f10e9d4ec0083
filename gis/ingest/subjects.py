"""The subjects that can be imported, by the ids of their layers."""

from __future__ import annotations

from gis.errors import Invalid
from gis.ingest.districts import AREAS, GRIDS
from gis.ingest.fences import FENCES
from gis.ingest.ground import FACILITIES, LANDUSE, WATER
from gis.ingest.houses import ADDRESSES, BUILDINGS, ROOMS
from gis.ingest.people import DEPARTMENTS, HEADS, INSPECTORS
from gis.ingest.pipes import FINDINGS, NODES, PIPES
from gis.ingest.streets import ROADS, SEGMENTS
from gis.ingest.subject import Subject
from gis.ingest.works import WORKS
from gis.ingest.zonings import ZONINGS
from gis.models import Raster

SUBJECTS = {
    subject.id: subject
    for subject in (
        AREAS, GRIDS, ROADS, SEGMENTS, FENCES, BUILDINGS, ROOMS, ADDRESSES, PIPES, NODES, FINDINGS, FACILITIES, LANDUSE,
        WATER, WORKS, ZONINGS, HEADS, DEPARTMENTS, INSPECTORS,
    )
}  # fmt: skip

IMAGES = Subject("rasters", Raster, frozenset({"Polygon"}), ())
"""Registered (gis.ingest.images), not imported: no field of a file fills a column of theirs."""
BROUGHT = SUBJECTS | {IMAGES.id: IMAGES}
"""All that can be brought, tried, and taken back as a whole."""


def get(subject: str) -> Subject:
    """The subject of this id; Invalid, with the list, when there is none."""
    if subject not in SUBJECTS:
        listed = " ".join(SUBJECTS)
        raise Invalid(f"没有“{subject}”这个主题，可用：{listed}。 No subject {subject!r}; there are {listed}.")
    return SUBJECTS[subject]
