"""The app `layers` as Django sees it."""

from django.apps import AppConfig


class LayersConfig(AppConfig):
    """What is shown, to whom, and how it changes."""

    name = "layers"
    label = "layers"
    verbose_name = "图层"
