"""The layers as a Django app: at start every installed app's ``layer.py`` registers its declarations."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LayersConfig(AppConfig):
    """App ``layers``; ``INSTALLED_APPS`` is the switchboard of layers."""

    name = "layers"
    verbose_name = "图层"

    def ready(self) -> None:
        """Import the declarations, then have the system checks read them."""
        from layers import checks  # noqa: F401  importing registers the checks

        autodiscover_modules("layer")
