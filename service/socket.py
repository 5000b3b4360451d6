"""uvicorn's WebSocket with two things more: frames that were made once for all browsers go out as they are, and whoever
is refused at the door is no error.

It takes permessage-deflate without context, so that the same compressed bytes are right for everybody, and leaves what
is for one browser alone uncompressed: pictures are compressed already. A browser that takes no compression gets text.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter

from service.frame import WINDOW_BITS

SHARED = "crushwatch.frames"
"""In the scope's extensions: this browser takes frames as they are. In a message to send: these bytes are such."""


class SharedFrames(WebSocketsSansIOProtocol):
    """See the module."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], *rest: Any) -> None:
        super().__init__(config, server_state, app_state, *rest)
        self.conn = ServerProtocol(
            extensions=[_TakesDeflate(server_no_context_takeover=True, client_no_context_takeover=True)],
            max_size=config.ws_max_size,
            logger=logging.getLogger("uvicorn.error"),
        )

    def handle_connect(self, event: Request) -> None:
        """Say in the scope whether this browser takes shared frames."""
        super().handle_connect(event)
        if any(isinstance(taken, _Inflates) and taken.reaches_back for taken in self.conn.extensions):
            self.scope["extensions"][SHARED] = {}

    async def send(self, message: Any) -> None:
        """Shared frames past the protocol, which knows no more than that it is open; all else as it was."""
        if SHARED in message and self.conn.state is State.OPEN and self.handshake_complete and not self.close_sent:
            await self.writable.wait()
            self.transport.write(message[SHARED])
            return
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # refused in order; uvicorn takes it for an application that broke


class _Inflates(PerMessageDeflate):
    """Reads compressed messages and writes none of its own."""

    @property
    def reaches_back(self) -> bool:
        """Whether the browser remembers as much of a message as shared frames need."""
        return self.local_max_window_bits >= WINDOW_BITS

    def encode(self, frame: Frame) -> Frame:
        """As it is."""
        return frame


class _TakesDeflate(ServerPerMessageDeflateFactory):
    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, _Inflates(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
        )
