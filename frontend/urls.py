"""The URLs people and pages ask for; `/tiles` and `/live` are answered before Django."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from frontend import api, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/map", query_string=True)),
    path("api/manifest", api.manifest),
    path("api/search", api.find),
    path("api/features/<slug:layer_id>/<int:pk>", api.card),
    path("p/<str:code>", api.place),
    path("accounts/login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    *pages.urlpatterns,
]
