"""Django's URLs; `/tiles`, `/live`, `/healthz`, `/readyz` and `/metrics` never come here (see `config.wsgi`)."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("frontend.urls")),
]
