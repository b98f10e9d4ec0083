"""Django's URLs; `/tiles`, `/live`, `/healthz`, `/readyz` and `/metrics` never come here (see `config.wsgi`)."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

admin.site.site_header = admin.site.site_title = "城图 · 后台 Chengtu"
admin.site.index_title = "数据 Data"
admin.site.site_url = "/map"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("favicon.ico", RedirectView.as_view(url=static("config/icon.svg"))),
    path("", include("frontend.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.unknown"
handler500 = "config.errors.broken"
