"""The tables' Django app."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Names the app `store`."""

    name = "sosie.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
