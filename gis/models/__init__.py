"""The subjects of the spatial model, one module each."""

from gis.models.addresses import Address, AddressPair, Verdict
from gis.models.areas import Area, Grid, Level
from gis.models.buildings import Building, BuildingCode, Room, Unit
from gis.models.coarse import Coarse, CoarseState
from gis.models.codelists import Code, CodePattern
from gis.models.facilities import Facility
from gis.models.fences import Fence, FenceState, FenceVersion
from gis.models.former import FormerCode
from gis.models.ground import Landuse, Water
from gis.models.imports import ImportRun, RunAdded, RunChanged
from gis.models.located import Located, Sourced
from gis.models.news import News, Touched
from gis.models.people import Department, GridInspector
from gis.models.pipelines import PipeFinding, PipeNode, PipeSegment
from gis.models.places import AreaDue, Place, PlaceDue, PlaceName
from gis.models.rasters import Raster
from gis.models.rolls import Roll, RollReading
from gis.models.streets import Road, Segment, SegmentHead, Side, Zone, Zoning
from gis.models.uploads import ImportJob, Upload
from gis.models.works import Works

__all__ = [
    "Address",
    "AddressPair",
    "Area",
    "AreaDue",
    "Building",
    "BuildingCode",
    "Coarse",
    "CoarseState",
    "Code",
    "CodePattern",
    "Department",
    "Facility",
    "Fence",
    "FenceState",
    "FenceVersion",
    "FormerCode",
    "Grid",
    "GridInspector",
    "ImportJob",
    "ImportRun",
    "Landuse",
    "Level",
    "Located",
    "News",
    "PipeFinding",
    "PipeNode",
    "PipeSegment",
    "Place",
    "PlaceDue",
    "PlaceName",
    "Raster",
    "Road",
    "Roll",
    "RollReading",
    "Room",
    "RunAdded",
    "RunChanged",
    "Segment",
    "SegmentHead",
    "Side",
    "Sourced",
    "Touched",
    "Unit",
    "Upload",
    "Verdict",
    "Water",
    "Works",
    "Zone",
    "Zoning",
]
