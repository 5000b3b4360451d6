"""A real HTTP server that is a camera: MJPEG as endless multipart, and files (a film, the pieces of a playlist)."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Collection, Sequence
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt


class HttpCamera:
    """`/live.mjpg` plays `pictures` (H, W, 3 RGB) round and round at `rate_hz`; all else is a file of `folder`.

    password: asked for by basic authentication, of the user `viewer`. `asked_for` lists the paths that were asked for.
    cut: the numbers of the pictures of which only the first half is ever sent, as by a camera whose memory is full.
    """

    def __init__(
        self,
        folder: Path,
        pictures: Sequence[npt.NDArray[np.uint8]] = (),
        *,
        rate_hz: float = 25,
        password: str | None = None,
        cut: Collection[int] = (),
    ) -> None:
        jpegs = [cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes() for picture in pictures]
        jpegs = [jpeg[: len(jpeg) // 2] if number in cut else jpeg for number, jpeg in enumerate(jpegs)]
        self._hanging = threading.Event()
        self.asked_for: list[str] = []
        camera = self

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, directory=str(folder))

            def do_GET(self) -> None:
                camera.asked_for.append(self.path)
                if not _is_let_in(self, password):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                elif self.path.startswith("/live.mjpg"):
                    camera._send_pictures(self, jpegs, rate_hz)
                else:
                    super().do_GET()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str, credentials: str = "") -> str:
        return f"http://{credentials}127.0.0.1:{self.port}{path}"

    def hang(self) -> None:
        """The MJPEG stops in the middle of a picture and its connections stay."""
        self._hanging.set()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _send_pictures(self, handler: BaseHTTPRequestHandler, jpegs: list[bytes], rate_hz: float) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        handler.end_headers()
        number = 0
        try:
            while True:
                jpeg = jpegs[number % len(jpegs)]
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                handler.wfile.write(head.encode() + jpeg[: len(jpeg) // 2])
                if self._hanging.is_set():
                    time.sleep(60)
                handler.wfile.write(jpeg[len(jpeg) // 2 :] + b"\r\n")
                number += 1
                time.sleep(1 / rate_hz)
        except OSError:
            return


def _is_let_in(handler: BaseHTTPRequestHandler, password: str | None) -> bool:
    expected = "Basic " + base64.b64encode(f"viewer:{password}".encode()).decode()
    return password is None or handler.headers.get("Authorization") == expected
