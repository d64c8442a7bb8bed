"""Addresses of machines: which of them are of the public internet."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

_TRANSLATED = tuple(
    map(
        ip_network,
        ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10"),
    )
)
"""Addresses of IPv6 that lead to others of IPv4 (RFC 4291, 6052, 8215, 4380, 3056), or to a site's
own (RFC 3879)."""


def is_public(address: str) -> bool:
    """Return whether an address of IPv4 or IPv6 is of the public internet, and not of this machine
    or a private network. Raises ``ValueError`` for what is no address."""
    found = ip_address(address.partition("%")[0])
    return (
        found.is_global
        and not found.is_multicast
        and not any(found in each for each in _TRANSLATED)
    )


def names_private(host: str) -> bool:
    """Return whether a host is written as an address that is not public, or names this machine;
    where any other name leads, only asking tells. A host whose last part is a number is an address
    in another spelling (`0x7f.1`; WHATWG URL, "ends in a number"), and none that anybody needs."""
    name = host.rstrip(".").lower()
    last = name.rpartition(".")[2]
    try:
        return not is_public(name)
    except ValueError:
        return last == "localhost" or last.isdigit() or last.startswith("0x")
