"""django-vectortiles on the same table, as its documentation shows it, served by Granian's WSGI with GZipMiddleware."""
# ruff: noqa: E402  Django must be configured before its models are imported

import os

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

given = conninfo_to_dict(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"],
    INSTALLED_APPS=["django.contrib.gis", "vectortiles"],
    SILENCED_SYSTEM_CHECKS=["gis.W001"],
    DATABASES={
        "default": {
            "ENGINE": "django.contrib.gis.db.backends.postgis",
            "NAME": given["dbname"],
            "USER": given["user"],
            "HOST": given["host"],
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django.contrib.gis.db import models
from django.core.wsgi import get_wsgi_application
from django.urls import path
from vectortiles import VectorLayer
from vectortiles.views import MVTView


class Building(models.Model):
    """The columns that tiles carry."""

    name = models.CharField(max_length=200)
    height_m = models.FloatField(null=True)
    shape = models.MultiPolygonField(srid=3857)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "spatial_building"

    def __str__(self) -> str:
        return self.name


class Buildings(VectorLayer):
    """Extent and buffer as ours."""

    model = Building
    id = "buildings"
    geom_field = "shape"
    tile_fields = ("id", "name", "height_m")
    tile_buffer = 64


class Tiles(MVTView):
    """One layer."""

    layer_classes = (Buildings,)


urlpatterns = [path("tiles/<int:z>/<int:x>/<int:y>", Tiles.as_view())]
application = get_wsgi_application()
