"""Certificates that nobody has signed, made on the spot."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path, name: str = "localhost") -> Path:
    """One for this host name, with its key, in one file. Skips the test without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    arguments = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN={name} -addext subjectAltName=DNS:{name}"
    )
    subprocess.run(
        [openssl, *arguments.split(), "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    both.write_text(key.read_text() + cert.read_text())
    return both


def serve_tls(certificate: Path) -> ssl.SSLContext:
    """What a server with this certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
