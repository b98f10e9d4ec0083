"""The app `tiles` as Django sees it."""

from django.apps import AppConfig


class TilesConfig(AppConfig):
    """Rows as bytes: vector tiles, answered before Django."""

    name = "tiles"
    label = "tiles"
    verbose_name = "瓦片"
