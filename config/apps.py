"""Makes `config` an app, so that it can hold management commands and system checks."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root; it has no models."""

    name = "config"
    label = "config"
    verbose_name = "配置 Configuration"
