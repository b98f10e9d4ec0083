"""The app `frontend` as Django sees it."""

from django.apps import AppConfig


class FrontendConfig(AppConfig):
    """The pages."""

    name = "frontend"
    label = "frontend"
    verbose_name = "页面"
