"""Routes of the web pages."""

from __future__ import annotations

from django.urls import path, re_path

from sosie.web import resolution, views

urlpatterns = [
    path("", views.pictures, name="pictures"),
    path("picture/<str:picture>", views.picture, name="picture"),
    path("picture/<str:picture>/image", views.image, name="image"),
    path("licenses", views.licenses, name="licenses"),
    path("log", views.log, name="log"),
    path("style.css", views.style, name="style"),
    path("api/v1/matches/byBinding", resolution.by_binding, name="by-binding"),
    path("api/v1/matches/byContent", resolution.by_content, name="by-content"),
    path("api/v1/manifests/<str:label>", resolution.manifest, name="manifest"),
    path("api/v1/manifests/<str:label>/evidence", resolution.evidence, name="evidence"),
    path("api/v1/services/supportedAlgorithms", resolution.algorithms, name="algorithms"),
    path("api/v1/services/capabilities", resolution.capabilities, name="capabilities"),
    re_path("^api/v1(?:/|$)", resolution.nowhere),
    path(".well-known/c2pa-soft-binding-resolution", resolution.discovery, name="discovery"),
]
