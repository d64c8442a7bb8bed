"""Routes of the web pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
