"""The subjects of the spatial model, one module each."""

from gis.models.addresses import Address
from gis.models.areas import Area, Grid, Level
from gis.models.buildings import Building, BuildingCode, Room, Unit
from gis.models.codelists import Code, CodePattern
from gis.models.facilities import Facility
from gis.models.fences import Fence, FenceState, FenceVersion
from gis.models.ground import Landuse, Water
from gis.models.imports import ImportRun
from gis.models.located import Located, Sourced
from gis.models.news import News
from gis.models.pipelines import PipeFinding, PipeNode, PipeSegment
from gis.models.rolls import Roll, RollReading
from gis.models.streets import Road, Segment, SegmentHead, Side, Zone, Zoning

__all__ = [
    "Address",
    "Area",
    "Building",
    "BuildingCode",
    "Code",
    "CodePattern",
    "Facility",
    "Fence",
    "FenceState",
    "FenceVersion",
    "Grid",
    "ImportRun",
    "Landuse",
    "Level",
    "Located",
    "News",
    "PipeFinding",
    "PipeNode",
    "PipeSegment",
    "Road",
    "Roll",
    "RollReading",
    "Room",
    "Segment",
    "SegmentHead",
    "Side",
    "Sourced",
    "Unit",
    "Water",
    "Zone",
    "Zoning",
]
