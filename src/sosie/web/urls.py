"""Routes of the web pages."""

from __future__ import annotations

from django.urls import path

from sosie.web import views

urlpatterns = [
    path("", views.pictures, name="pictures"),
    path("picture/<str:picture>", views.picture, name="picture"),
    path("picture/<str:picture>/image", views.image, name="image"),
    path("licenses", views.licenses, name="licenses"),
    path("log", views.log, name="log"),
    path("style.css", views.style, name="style"),
]
