"""The fields of a picture as XMP and IPTC-IIM: what machines and picture desks read of it.

XMP: ISO 16684-1; IPTC Photo Metadata Standard 2023.2; PLUS LDF 2.0; IPTC-IIM 4.2. Every text is
escaped, and characters that XML 1.0 cannot hold are left out.
"""

from __future__ import annotations

import re
import struct
from html import escape

from sosie.core.seal import Metadata, spell

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "sosie": "https://sosie.org/ns/1.0/",
}
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xmp(metadata: Metadata) -> bytes:
    """This function will return an XMP packet with the fields that are not empty."""
    rows = [
        _simple("Iptc4xmpExt:DigitalSourceType", metadata.source_type),
        _simple("photoshop:Credit", metadata.credit),
        _worded("dc:description", metadata.description),
        _worded("dc:rights", metadata.copyright),
        _worded("xmpRights:UsageTerms", metadata.disclosure),
        _worded("Iptc4xmpCore:AltTextAccessibility", metadata.alt_text),
        _simple("plus:DataMining", metadata.data_mining),
        _simple("plus:ModelReleaseStatus", metadata.model_release),
        _licensor(metadata),
        _simple("sosie:SealNumber", _number(metadata)),
    ]
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMESPACES.items())
    body = "\n".join(f"   {row}" for row in rows if row)
    text = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'  <rdf:Description rdf:about="" {spaces}>\n{body}\n'
        "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )
    return text.encode()


def iptc(metadata: Metadata) -> bytes:
    """This function will return a Photoshop resource block with the IPTC-IIM record, in UTF-8:
    credit, caption and copyright notice, each cut to the length that IIM allows."""
    fields = (
        (110, metadata.credit, 32),
        (116, metadata.copyright, 128),
        (120, metadata.description, 2000),
    )
    record = b"\x1c\x01\x5a\x00\x03\x1b%G" + b"\x1c\x02\x00\x00\x02\x00\x04"
    for number, text, most in fields:
        value = _cut(_sayable(text), most)
        if value:
            record += struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value
    padded = record + b"\x00" * (len(record) % 2)
    return b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + padded


def _number(metadata: Metadata) -> str:
    return "" if metadata.seal_number is None else spell(metadata.seal_number)


def _sayable(text: str) -> str:
    return _UNSAYABLE.sub("", text)


def _said(text: str) -> str:
    return escape(_sayable(text), quote=False)


def _simple(name: str, value: str) -> str:
    return f"<{name}>{_said(value)}</{name}>" if value else ""


def _worded(name: str, value: str) -> str:
    """A text that could be said in several languages; here in its default one."""
    if not value:
        return ""
    item = f'<rdf:li xml:lang="x-default">{_said(value)}</rdf:li>'
    return f"<{name}><rdf:Alt>{item}</rdf:Alt></{name}>"


def _licensor(metadata: Metadata) -> str:
    parts = _simple("plus:LicensorName", metadata.licensor_name)
    parts += _simple("plus:LicensorURL", metadata.licensor_url)
    if not parts:
        return ""
    item = f'<rdf:li rdf:parseType="Resource">{parts}</rdf:li>'
    return f"<plus:Licensor><rdf:Seq>{item}</rdf:Seq></plus:Licensor>"


def _cut(text: str, most: int) -> bytes:
    """Return a text as UTF-8 of at most so many bytes, cut between characters."""
    return text.encode()[:most].decode("utf-8", "ignore").encode()
