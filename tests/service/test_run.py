from __future__ import annotations

import socket

from crushwatch.site import Service
from service.run import _listen


def test_what_is_written_to_those_who_connect_goes_out_at_once() -> None:
    with _listen(Service(host="127.0.0.1", port=0)) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
