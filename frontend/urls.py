"""The URLs people and pages ask for; `/tiles` and `/live` are answered before Django."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from frontend import (
    account,
    api,
    checks,
    field,
    imports,
    locate,
    opendata,
    packs,
    pages,
    places,
    plates,
    questions,
    share,
)
from frontend.ogc import urls as ogc

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/map", query_string=True)),
    path("api/manifest", api.manifest),
    path("api/search", api.find),
    path("api/locate", locate.locate),
    path("api/reverse", locate.reverse),
    path("api/features/<slug:layer_id>/<int:pk>", api.card),
    path("api/near", questions.near),
    path("api/list", questions.listing),
    path("api/works", questions.works),
    path("api/here", questions.here),
    path("api/changes", questions.lately),
    path("api/days", questions.days),
    path("api/at", places.at),
    path("api/within", places.within),
    path("api/shape", places.shape),
    path("api/along", places.along),
    path("api/crossings", places.crossings),
    path("api/export/<slug:layer_id>.<slug:form>", opendata.export),
    path("follow/road/<int:pk>.atom", opendata.follow_road),
    path("follow/<str:code>.atom", opendata.follow),
    path("p/plates.pdf", plates.printed),
    path("p/<str:code>.qr.svg", plates.qr, {"form": "svg"}),
    path("p/<str:code>.qr.png", plates.qr, {"form": "png"}),
    path("p/<str:code>.png", share.image),
    path("p/<str:code>.json", share.place, {"form": "json"}),
    path("p/<str:code>", share.place),
    path("accounts/login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    *account.urlpatterns,
    *pages.urlpatterns,
    *field.urlpatterns,
    *packs.urlpatterns,
    *imports.urlpatterns,
    *checks.urlpatterns,
    *ogc.urlpatterns,
]
