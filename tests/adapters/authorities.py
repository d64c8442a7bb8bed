"""A time-stamping authority (RFC 3161) on this machine, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        not authority, False, False, False, False, authority, authority, False, False
    )


def _certificates(
    at: datetime, public: rsa.RSAPublicKey
) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the root of an authority and the certificate that stamps, as C2PA 2.4 (14.5.1) and
    RFC 3161 (2.3) want them."""
    root_key = rsa.generate_private_key(65537, 2048)

    def certificate(key: rsa.RSAPublicKey, name: str) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test time root")]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=900))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    root = (
        certificate(root_key.public_key(), "Test time root")
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        certificate(public, "Test time")
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(above, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return root, leaf


@contextmanager
def authority(at: datetime, *, broken: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the address of an authority whose clock stands still, and its root (PEM)."""
    key = rsa.generate_private_key(65537, 2048)
    root, certificate = _certificates(at, key.public_key())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        asn1.Certificate.load(certificate.public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(private),
        fixed_dt=at,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = stamper.request_tsa_response(tsp.TimeStampReq.load(query)).dump()
            self.send_response(200)
            self.send_header(
                "Content-Type", "text/html" if broken else "application/timestamp-reply"
            )
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        pem = root.public_bytes(Encoding.PEM).decode()
        yield f"http://127.0.0.1:{server.server_port}/", pem
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
