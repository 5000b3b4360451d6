"""What is made once for all browsers: the words, and the bytes on the wire."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode
from websockets.protocol import CLIENT, Protocol

from service.frame import Fragment, Frame, merged, on_the_wire
from support.service_messages import utc_now


def read_back(wire: bytes, window_bits: int = 12) -> list[str]:
    """As a client of the websockets library reads it."""
    reader = Protocol(CLIENT, max_size=None)
    reader.extensions = [PerMessageDeflate(True, True, window_bits, window_bits)]
    reader.receive_data(wire)
    frames = reader.events_received()
    assert reader.parser_exc is None
    assert {frame.opcode for frame in frames} <= {Opcode.TEXT}
    return [bytes(frame.data).decode() for frame in frames]


@given(st.lists(st.text(max_size=60).map(lambda text: text * 50), max_size=4))
def test_any_text_comes_back_from_the_wire(texts: list[str]) -> None:
    assert read_back(b"".join(map(on_the_wire, texts))) == texts


def test_a_text_of_any_length_comes_back() -> None:
    texts = ["x" * length for length in (0, 125, 126, 511, 512, 70_000)]
    texts.append("".join(str(number) for number in range(100_000)))
    assert read_back(b"".join(map(on_the_wire, texts))) == texts


def test_what_repeats_itself_is_small_on_the_wire() -> None:
    figures = {("gate", str(n)): Fragment(json.dumps({"camera": "gate", "region": str(n)})) for n in range(500)}
    frame = Frame(readings=figures)
    assert len(frame.wire) < len(frame.texts[0]) / 4


def test_alerts_come_first_and_the_tick_last() -> None:
    frame = Frame(("alert 1", "alert 2"), {"gate": "camera"}, {("gate", "a"): Fragment("{}")}, "tick")
    assert frame.texts == ("alert 1", "alert 2", "camera", '{"type":"readings","readings":[{}]}', "tick")
    assert read_back(frame.wire) == list(frame.texts)


def test_several_frames_become_one_with_all_alerts_and_the_newest_of_all_else() -> None:
    at = utc_now()
    first = Frame(("1",), {"gate": "old", "hall": "hall"}, {("gate", "a"): Fragment("1", at, "t")}, "tick 1")
    second = Frame(("2", "3"), {"gate": "new"}, {("gate", "a"): Fragment("2", at)}, None)
    one = merged([first, second])
    assert one.alerts == ("1", "2", "3")
    assert one.cameras == {"gate": "new", "hall": "hall"}
    assert one.readings == {("gate", "a"): Fragment("2", at)}
    assert (one.tick, one.captured_at, one.traces) == ("tick 1", [at], [])


def test_browsers_that_are_behind_by_the_same_frames_share_one() -> None:
    frames = [Frame(("1",)), Frame(("2",))]
    assert merged(frames) is merged(list(frames))
    assert merged(frames[:1]) is frames[0]
