"""The app `tiles` as Django sees it."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class TilesConfig(AppConfig):
    """Rows as bytes: vector tiles, answered before Django."""

    name = "tiles"
    label = "tiles"
    verbose_name = "瓦片"

    def ready(self) -> None:
        """Raise the second wall anew after every migration."""
        from tiles import wall

        post_migrate.connect(wall.build, sender=apps.get_app_config("layers"))  # of apps without tables none is sent
