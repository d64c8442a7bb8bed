"""The pages as a Django app: what the command line, which imports no page, asks of them."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "sosie.web"
    label = "web"

    def warm(self) -> None:
        """Do what the first visitor would wait for (`web/warm.py`)."""
        from sosie.web.warm import warm  # noqa: PLC0415 - an app is loaded before its models

        warm()
