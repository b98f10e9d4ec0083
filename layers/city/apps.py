"""The city's own layers as an installed app, so that the switchboard can leave them out."""

from django.apps import AppConfig


class CityConfig(AppConfig):
    """App ``layers.city``; it has declarations only, no tables."""

    name = "layers.city"
    label = "city"
    verbose_name = "城市图层"
