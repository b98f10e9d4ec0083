"""The spatial model as a Django app; its label is not the folder's, which django.contrib.gis owns."""

from django.apps import AppConfig


class SpatialConfig(AppConfig):
    """App ``gis`` under the label ``spatial`` (the prefix of its tables)."""

    name = "gis"
    label = "spatial"
    verbose_name = "空间模型"
