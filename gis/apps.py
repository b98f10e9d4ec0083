"""The spatial model as a Django app; its label is not the folder's, which django.contrib.gis owns."""

from django.apps import AppConfig
from django.db.models.signals import post_delete


class SpatialConfig(AppConfig):
    """App ``gis`` under the label ``spatial`` (the prefix of its tables)."""

    name = "gis"
    label = "spatial"
    verbose_name = "空间模型"

    def ready(self) -> None:
        """A deleted image takes its file along."""
        from gis.ingest import originals

        post_delete.connect(originals.forgotten, sender="spatial.Raster")
