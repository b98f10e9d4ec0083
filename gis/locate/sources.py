"""What can be asked for by name: the layers of the index, by which columns their rows are found, and where they are.

Also read by the migration that makes the triggers: names of columns here are those of the tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A layer's table and its columns (``r.`` is the row): texts that are watched, and the point that stands for it."""

    layer: str
    table: str
    columns: tuple[str, ...]
    point: str = "ST_PointOnSurface(r.geom)"
    lines: tuple[str, ...] = ()
    """The columns in which an address is written, to be taken apart."""

    @property
    def watched(self) -> str:
        """The columns as SQL: when none of them says anything there is nothing to find."""
        return ", ".join(f"r.{column}" for column in self.columns)

    @property
    def located(self) -> str:
        """Of which rows areas are told by where they lie: of a register those that do not name their district."""
        return "r.district = ''" if "district" in self.columns else "true"


ADDRESS = (
    "province", "city", "district", "street", "community", "road", "number", "estate", "block", "unit", "room", "name",
    "aliases", "same_as_id", "estate_en", "name_en",
)  # fmt: skip
THING = ("name", "name_en", "address")

SOURCES = {
    source.layer: source
    for source in (
        Source("addresses", "spatial_address", ADDRESS, point="r.geom", lines=("road", "estate", "aliases")),
        Source("facilities", "spatial_facility", THING, point="r.geom", lines=("address",)),
        Source("buildings", "spatial_building", THING, lines=("address",)),
        Source("landuse", "spatial_landuse", ("name", "name_en")),
        Source("roads", "spatial_road", ("name", "name_en"), point="ST_ClosestPoint(r.geom, ST_Centroid(r.geom))"),
        Source("areas", "spatial_area", ("name", "level", "name_en")),
    )
}
