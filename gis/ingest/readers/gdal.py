"""What GDAL may do here: read these kinds of files from this disk, and nothing from anywhere else."""

from __future__ import annotations

import os

NO_ROOM, NO_IMAGE = 3, 4
"""With which a process apart ends that GDAL serves: the disk is full, the file is no image."""
VECTORS = frozenset({"ESRI Shapefile", "GPKG", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "DXF"})
UNWANTED = (
    "ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "EDIGEO", "EEDA", "ESRIJSON",
    "Elasticsearch", "GDALG", "GML", "GPSBabel", "GPX", "GTFS", "GeoRSS", "HTTP", "Idrisi", "JML", "JSONFG", "KML",
    "LIBKML", "LVBAG", "MBTiles", "MEM", "MVT", "MapInfo File", "MapML", "MiraMonVector", "NGW", "OAPIF", "ODS",
    "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM", "OpenFileGDB", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PLSCENES",
    "PMTiles", "S57", "SQLite", "SXF", "Selafin", "TopoJSON", "VDV", "VFK", "VICAR", "VRT", "WAsP", "WFS", "WMS",
    "WMTS", "WCS", "XLSX",
)  # fmt: skip
"""The drivers that GDAL must not load; a test asks a cell which vector drivers are left."""

SETTINGS = {
    "GDAL_SKIP": ",".join(UNWANTED),
    "CPL_LOG": "/dev/null",  # it minds every driver of that list that a build lacks
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",  # /vsicurl/ and its kin
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "OSR_DEFAULT_ALLOW_NETWORK_ACCESS": "NO",
    "PROJ_NETWORK": "OFF",
    "DXF_INLINE_BLOCKS": "FALSE",  # a block stays one point: blocks within blocks would multiply without end
    "DXF_MAX_BSPLINE_CONTROL_POINTS": "2000",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "512",  # megabytes of one feature
    "OGR_ARROW_MEM_LIMIT": str(1 << 28),
    "GDAL_CACHEMAX": "64",
    "GDAL_NUM_THREADS": "1",
    "GDAL_PAM_ENABLED": "NO",
}
KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH")


def environment() -> dict[str, str]:
    """The environment of a cell: GDAL's fence, and none of the server's own secrets."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return kept | single | SETTINGS | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
