"""What QGIS makes of a site, as JSON: run by QGIS's own Python, which knows nothing of this project.

`qgis_reads.py SITE WEST SOUTH EAST NORTH PICTURE TOKEN`: the collections as its browser lists them of the service;
features by OGC API - Features, all, those of the box and those of a kind; the vector tiles of the box, dressed by the
site's style, painted into the picture; and with a token the rooms.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsSettings,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

KIND = "toilet"
LAYERS = "landuse,water,buildings,roads"
SIDE = 512


def main(site, west, south, east, north, picture, token):
    box = QgsRectangle(west, south, east, north)
    told = {
        "collections": collections(site),
        "features": features(site, box),
        "toilets": of_kind(site),
        "tiles": tiles(site, box, picture),
        "rooms": rooms(site, known(token)),
    }
    print(json.dumps(told, ensure_ascii=False))


def collections(site):
    """What the browser shows below a connection to the service: the name of each collection by its title."""
    QgsSettings().setValue("qgis/connections-wfs/chengtu/url", f"{site}/ogc")
    QgsSettings().setValue("qgis/connections-wfs/chengtu/version", "OGC_API_FEATURES")
    [provider] = [one for one in QgsApplication.dataItemProviderRegistry().providers() if one.name() == "WFS"]
    [connection] = provider.createDataItem("", None).createChildren()
    return {layer.name(): QgsDataSourceUri(layer.uri()).param("typename") for layer in connection.createChildren()}


def of_kind(site):
    """The names of the facilities that are left when the layer is told to have one kind only."""
    layer = QgsVectorLayer(f"url='{site}/ogc' typename='facilities' pageSize='1000'", "facilities", "OAPIF")
    return layer.setSubsetString(f"\"kind\" = '{KIND}'") and sorted(feature["name"] for feature in layer.getFeatures())


def known(token):
    """An authentication of kind Basic, as the dialog of a connection keeps it."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("only here", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("chengtu")
    config.setConfig("username", "qgis")
    config.setConfig("password", token)
    manager.storeAuthenticationConfig(config)
    return config.id()


def rooms(site, authcfg):
    """How many rooms there are, with the token and without."""
    asked = f"url='{site}/ogc' typename='rooms' pageSize='1000'"
    layers = [QgsVectorLayer(f"{asked} {how}", "rooms", "OAPIF") for how in (f"authcfg={authcfg}", "")]
    return [sum(1 for _ in layer.getFeatures()) if layer.isValid() else None for layer in layers]


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
main(sys.argv[1], *map(float, sys.argv[2:6]), *sys.argv[6:8])
sys.stdout.flush()
application.exitQgis()
