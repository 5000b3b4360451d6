"""TLS to a camera: its certificate is checked, and said in words when it is not trusted.

libav says "input/output error" of a certificate that it does not trust; Python is then asked for the reason.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from workers.capture.fault import endpoint, look_up

_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def tls_options(camera: Camera) -> dict[str, str]:
    """What libav is told; nothing for a source without TLS."""
    if not _is_tls(camera) or camera.verify_tls is False:
        return {}
    authorities = _authorities(camera)
    return {"tls_verify": "1"} | ({} if authorities is None else {"ca_file": str(authorities)})


@contextmanager
def telling_why(camera: Camera, host: str, port: int) -> Iterator[None]:
    """A stream is opened inside. Of an unknown name and of a certificate FFmpeg says too little: SourceError tells."""
    try:
        yield
    except SourceError:
        look_up(host, port)
        _refuse_untrusted(camera, host, port)
        raise


def _refuse_untrusted(camera: Camera, host: str, port: int) -> None:
    """Raises SourceError where the camera's certificate is why it cannot be had; returns where it is not."""
    if not _is_tls(camera) or camera.verify_tls is False:
        return
    authorities = _authorities(camera)
    if authorities is not None and not authorities.is_file():
        raise SourceError(f"verify_tls: no such file: {authorities}")
    try:
        context = ssl.create_default_context(cafile=None if authorities is None else str(authorities))
        with (
            socket.create_connection((host, port), camera.connect_timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return
    except ssl.SSLCertVerificationError as error:
        raise SourceError(
            f"{endpoint(host, port)} shows a certificate that is not trusted ({error.verify_message}); give "
            "`verify_tls` the path of the camera's certificate or of who signed it, or false to take any"
        ) from None
    except (ssl.SSLError, OSError):
        return  # something else is wrong, which libav has said


def _is_tls(camera: Camera) -> bool:
    return camera.source.reveal().startswith(("rtsps:", "https:"))


def _authorities(camera: Camera) -> Path | None:
    """The file of those who are trusted to sign: the one that is named, or this machine's."""
    if isinstance(camera.verify_tls, str):
        return Path(camera.verify_tls)
    paths = ssl.get_default_verify_paths()
    found = [Path(name) for name in (paths.cafile, paths.openssl_cafile, *_BUNDLES) if name]
    return next((path for path in found if path.is_file()), None)
