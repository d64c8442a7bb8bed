"""The Django app of those who sign in."""

from django.apps import AppConfig


class AccountStoreConfig(AppConfig):
    """Names the app `account_store`."""

    name = "sosie.account_store"
    label = "account_store"
    default_auto_field = "django.db.models.BigAutoField"
