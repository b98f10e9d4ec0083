"""The four pages; the resident's map first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path


def city_map(request: HttpRequest) -> HttpResponse:
    """The public map, one page for residents and signed-in staff."""
    return render(request, "frontend/map.html")


urlpatterns: list[URLPattern] = [path("map", city_map, name="map")]
