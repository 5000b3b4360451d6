"""Cameras behind TLS: a certificate that nobody vouches for is refused in words; a named one is taken."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from workers.capture.choose import open_source


@dataclass
class TlsDoor:
    """A server that speaks TLS with a certificate of its own and hangs up after the first words it hears."""

    certificate: Path
    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    def serve(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        while True:
            try:
                plain, _peer = listening.accept()
            except OSError:
                return
            plain.settimeout(5)
            try:
                with context.wrap_socket(plain, server_side=True) as secured:
                    self.heard.append(secured.recv(64))
            except OSError:
                plain.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[TlsDoor]:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        door = TlsDoor(certificate, listening.getsockname()[1])
        threading.Thread(target=door.serve, args=(listening, context), daemon=True).start()
        yield door
        listening.shutdown(socket.SHUT_RDWR)


def complaint(scheme: str, door: TlsDoor, verify_tls: bool | str) -> str:
    camera = Camera(
        source=f"{scheme}://admin:hunter2@127.0.0.1:{door.port}/s",  # type: ignore[arg-type]
        verify_tls=verify_tls,
        connect_timeout_s=3,
    )
    source = open_source("gate", camera)
    try:
        source.open()
    except SourceError as error:
        return str(error)
    finally:
        source.close()
    return ""


@pytest.mark.parametrize("scheme", ["https", "rtsps"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_named_as_the_reason(scheme: str, door: TlsDoor) -> None:
    said = complaint(scheme, door, True)
    assert f"127.0.0.1:{door.port} shows a certificate that is not trusted (self-signed certificate)" in said
    assert "verify_tls" in said
    assert "hunter2" not in said
    assert not any(door.heard)  # neither request nor password went out


@pytest.mark.parametrize("scheme", ["https", "rtsps"])
@pytest.mark.parametrize("by", ["path", "taking-any"])
def test_a_certificate_that_is_named_is_taken_and_so_is_any_where_the_site_says_so(
    scheme: str, by: str, door: TlsDoor
) -> None:
    said = complaint(scheme, door, str(door.certificate) if by == "path" else False)
    assert "certificate" not in said
    assert any(b"/s" in words for words in door.heard)


def test_a_file_of_authorities_that_is_not_there_is_named(door: TlsDoor) -> None:
    assert "verify_tls: no such file: nowhere.pem" in complaint("rtsps", door, "nowhere.pem")
