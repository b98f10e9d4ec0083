"""What QGIS makes of a site, as JSON: run by QGIS's own Python, which knows nothing of this project.

`qgis_reads.py SITE WEST SOUTH EAST NORTH PICTURE`: features by OGC API - Features, all and those of the box; the vector
tiles of the box, dressed by the site's style, painted into the picture.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

LAYERS = "landuse,water,buildings,roads"
SIDE = 512


def main(site, west, south, east, north, picture):
    box = QgsRectangle(west, south, east, north)
    print(json.dumps({"features": features(site, box), "tiles": tiles(site, box, picture)}, ensure_ascii=False))


def features(site, box):
    layer = QgsVectorLayer(f"url='{site}/ogc' typename='buildings' pageSize='1000'", "buildings", "OAPIF")
    if not layer.isValid():
        return {"valid": False, "why": layer.dataProvider().error().message() if layer.dataProvider() else ""}
    near = [feature.id() for feature in layer.getFeatures(QgsFeatureRequest(box))]
    named = [
        (feature["name"], feature.geometry().centroid().asPoint()) for feature in layer.getFeatures() if feature["name"]
    ]
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "fields": [field.name() for field in layer.fields()],
        "count": sum(1 for _ in layer.getFeatures()),
        "near": len(near),
        "named": {name: [point.x(), point.y()] for name, point in named},
    }


def tiles(site, box, picture):
    url = f"type=xyz&url={site}/tiles/{LAYERS}/{{z}}/{{x}}/{{y}}.mvt&zmin=0&zmax=18&styleUrl={site}/tiles/style.json"
    layer = QgsVectorTileLayer(url, "tiles")
    words = layer.loadDefaultStyle()
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    settings = QgsMapSettings()
    settings.setDestinationCrs(mercator)
    settings.setLayers([layer])
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setBackgroundColor(QColor("white"))
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    settings.setExtent(QgsCoordinateTransform(degrees, mercator, QgsProject.instance()).transform(box))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(picture)
    return {"valid": layer.isValid(), "style": list(words), "classes": len(layer.renderer().styles())}


application = QgsApplication([], False)
application.initQgis()
main(sys.argv[1], *map(float, sys.argv[2:6]), sys.argv[6])
sys.stdout.flush()
application.exitQgis()
