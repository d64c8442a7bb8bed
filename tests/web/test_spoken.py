"""What pages say of money and devices."""

from __future__ import annotations

import pytest
from django.utils import translation

from sosie.core.values import Money
from sosie.web.templatetags.spoken import device, money


@pytest.mark.parametrize(
    ("language", "said"),
    [("en-us", "€1,440.00"), ("fr", "1 440,00 €"), ("de", "1.440,00 €")],
)
def test_money_is_written_as_the_reader_does(language: str, said: str) -> None:
    with translation.override(language):
        assert money(Money(144_000, "EUR")).replace("\u202f", " ").replace("\xa0", " ") == said
    assert money(Money(5_000, "JPY")) == "¥5,000"


@pytest.mark.parametrize(
    ("says", "said"),
    [
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
                " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
            ),
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
    ],
)
def test_a_device_is_said_in_short(says: str, said: str) -> None:
    assert device(says) == said
