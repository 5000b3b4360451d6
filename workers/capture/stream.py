"""One stream or file as libav reads it: packets in, decoded pictures out. Every network source and file shares it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import av
from av.container import InputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from structlog.typing import FilteringBoundLogger

from crushwatch.errors import SourceError
from crushwatch.logs import RollUp
from workers.capture.backlog import Backlog
from workers.capture.damage import Damage
from workers.capture.decode_time import DecodeTime
from workers.capture.decoder import Decoder, HardwareDecoder, open_context
from workers.capture.fault import open_fault, read_fault
from workers.capture.lull import Lull
from workers.capture.picture import AvPicture
from workers.capture.source import SourceInfo
from workers.capture.tally import Tally

PICTURELESS_S = 60.0
"""Packets for this long without one picture: the decoder is lost and begins anew. Longer than cameras' longest GOP."""

TROUBLE_AFTER_S = 5.0
"""Damaged packets and no picture for so long: that is why there is none."""

BELIEVABLE_RATE_HZ = 240
"""Streams without a clock of their own declare 1000 or 90000."""


@dataclass(frozen=True)
class StreamSettings:
    """How a stream is opened and decoded. Times of None: wait for ever (a file).

    may_rest: packets between key frames may lie in the connection for a moment, since it loses none (TCP).
    ends_silence_itself: FFmpeg ends a read after `stall_after_s`, by an option; PyAV need not.
    loses_packets: what is lost on its way is not sent again (UDP).
    """

    protocol: str
    where: str
    open_timeout_s: float | None = None
    stall_after_s: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    key_frames_only: bool = False
    analysis_rate_hz: float | None = None
    hardware_decoder: HardwareDecoder = "none"
    may_rest: bool = False
    ends_silence_itself: bool = False
    loses_packets: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is read from this machine's disk."""
        return self.stall_after_s is None


@dataclass(frozen=True)
class _Opened:
    """What is there between opening and closing.

    tick_s:      what one step of a packet's stamp lasts
    is_live:     it comes at its own pace: no file, no playlist
    has_stamps:  its packets say when they were filmed. MJPEG from the network says nothing: FFmpeg counts 25 a second.
    is_playlist: it comes in pieces. FFmpeg takes each new piece's count of packets for a loss, so that its marks of
    damage are not believed there.
    """

    container: InputContainer
    decoder: Decoder
    backlog: Backlog[Packet[VideoStream]]
    packets: Iterator[Packet[VideoStream]]
    start_s: float
    tick_s: float
    is_live: bool
    has_stamps: bool
    is_playlist: bool
    began_us: int | None = None
    """What the camera's clock said at the stream's beginning, where it had said so before the first picture."""

    def moment_s(self, packet: Packet[VideoStream], now_s: float) -> float | None:
        """When the packet was received, or filmed where that is another matter."""
        return now_s if self.is_live else None if packet.pts is None else packet.pts * self.tick_s

    def is_damaged(self, item: Packet[VideoStream] | VideoFrame) -> bool:
        """Whether libav marks that packet or picture as damaged, and is to be believed."""
        return item.is_corrupt and not self.is_playlist

    def picture(self, frame: VideoFrame) -> AvPicture:
        has_time = self.has_stamps and frame.time is not None
        return AvPicture(frame, frame.time - self.start_s if has_time else None)


class AvStream:
    """Opened and read by one thread. `close` may come from another: a read that is under way ends by its own timeout
    and then gives everything back."""

    def __init__(self, address: str, settings: StreamSettings, tally: Tally, log: FilteringBoundLogger) -> None:
        self._address = address
        self._settings = settings
        self._tally = tally
        self._log = log
        self._errors = RollUp(lambda line: log.warning(f"decode errors: {line}"))
        self._backlogs = RollUp(lambda line: log.info(f"old pictures left out: {line}"), period_s=10)
        self._decode_time = DecodeTime()
        self._pictured_at_s = 0.0
        self._packet_at_s = 0.0
        self._gap_s = 0.0
        self._damage = Damage()
        self._lull = Lull() if settings.key_frames_only and settings.may_rest else None
        self._rest_s = 0.0
        self._opened: _Opened | None = None
        self._clock_is_told = False
        self._busy = threading.Lock()
        self.closing = threading.Event()

    def open(self) -> SourceInfo:
        """Connect and find the picture; raises SourceError."""
        with self._busy:
            container = self._connect()
            try:
                stream = self._choose_picture(container)
                info = _describe(stream)
                self._opened = self._begin(container, stream, info)
            except Exception:
                container.close()
                raise
            self._pictured_at_s = self._packet_at_s = time.monotonic()
            self._damage = Damage(info.codec)
            self._tally.trouble = ""
            self._tally.clock.begin()
            self._clock_is_told = False
            self._release_if_closing()
            return info

    def _connect(self) -> InputContainer:
        settings = self._settings
        started_s = time.monotonic()
        try:
            return av.open(
                self._address,
                "r",
                options=dict(settings.options),
                timeout=(settings.open_timeout_s, None if settings.ends_silence_itself else settings.stall_after_s),
                metadata_errors="replace",
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            raise open_fault(
                error,
                protocol=settings.protocol,
                where=settings.where,
                took_s=time.monotonic() - started_s,
                timeout_s=settings.open_timeout_s,
            ) from None

    def _choose_picture(self, container: InputContainer) -> VideoStream:
        """The first moving picture; what else the stream carries is not even read."""
        pictures = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not pictures or pictures[0].codec_context is None:
            raise SourceError(f"{self._settings.where} has no picture that can be decoded, only {_kinds(container)}")
        for stream in container.streams:
            if stream.index != pictures[0].index:
                stream.discard = Discard.all
        return pictures[0]

    def _begin(self, container: InputContainer, stream: VideoStream, info: SourceInfo) -> _Opened:
        decoder = Decoder(
            open_context(
                stream, self._settings.hardware_decoder, self._log, loses_packets=self._settings.loses_packets
            ),
            key_frames_only=self._settings.key_frames_only,
            analysis_rate_hz=self._settings.analysis_rate_hz,
            frame_rate_hz=info.frame_rate_hz,
        )
        tick_s = float(stream.time_base or 0)
        is_playlist = "hls" in container.format.name
        return _Opened(
            container=container,
            decoder=decoder,
            backlog=Backlog(holds=not decoder.stands_alone),
            packets=container.demux(stream),
            start_s=(stream.start_time or 0) * tick_s,
            tick_s=tick_s,
            is_live=container.duration is None and not is_playlist,
            has_stamps=self._settings.is_file or not Flags(container.format.flags) & Flags.no_timestamps,
            is_playlist=is_playlist,
            began_us=getattr(container, "start_time_realtime", None),
        )

    @property
    def is_live(self) -> bool:
        """Whether it is open and comes at its own pace: no file, no playlist."""
        opened = self._opened
        return opened is not None and opened.is_live

    def pictures(self) -> Iterator[AvPicture]:
        """Pictures as fast as they can be had. Ends with the stream; raises SourceError when it fails or stalls."""
        while (decoded := self._read()) is not None:
            yield from decoded

    def _read(self) -> list[AvPicture] | None:
        """The pictures of the next packet; None when there are no more."""
        with self._busy:
            opened = self._opened
            try:
                if opened is None or self.closing.is_set():
                    return None
                packet, now_s = self._next_packet(opened)
                return None if packet is None or self.closing.is_set() else self._decode(opened, packet, now_s)
            except (av.FFmpegError, OSError) as error:
                waited_s = self._settings.stall_after_s or 0.0
                raise read_fault(error, where=self._settings.where, waited_s=waited_s) from None
            finally:
                self._release_if_closing()

    def _next_packet(self, opened: _Opened) -> tuple[Packet[VideoStream] | None, float]:
        """The next one, or None at the end, and when it came."""
        if self._rest_s:
            self.closing.wait(self._rest_s)
        asked_s = time.monotonic()
        packet = next(opened.packets, None)
        now_s = time.monotonic()
        self._gap_s, self._packet_at_s = now_s - self._packet_at_s, now_s
        if packet is not None and self._lull is not None:
            self._rest_s = self._lull.rest_s(is_key=packet.is_keyframe, asked_s=asked_s, now_s=now_s)
        return packet, now_s

    def _decode(self, opened: _Opened, packet: Packet[VideoStream], now_s: float) -> list[AvPicture]:
        if packet.size:
            self._tally.count_source_frame(now_s)
            if opened.is_live and opened.has_stamps:
                self._compare_clocks(opened, packet, now_s)
        fault = "a packet is damaged" if opened.is_damaged(packet) else None
        frames: list[VideoFrame] = []
        due_now = self._due(opened, packet, now_s)
        began_s = time.monotonic()
        for due in due_now:
            try:
                frames = opened.decoder.frames(due, opened.moment_s(due, now_s))
            except av.FFmpegError as error:
                fault = error.strerror or type(error).__name__
                self._damage.struck(due.pts, now_s)
        if due_now:
            self._decode_time.add(time.monotonic() - began_s, len(due_now))
        if opened.backlog.is_catching_up:
            self._mind_pictureless(now_s)
            return []
        whole = [frame for frame in frames if self._is_whole(opened, frame, now_s)]
        if fault or any(opened.is_damaged(frame) for frame in frames):
            self._count_error(fault or "a picture is damaged", now_s)
        if whole:
            self._pictured_at_s, self._tally.trouble = now_s, ""
        self._mind_pictureless(now_s)
        return [opened.picture(frame) for frame in whole]

    def _is_whole(self, opened: _Opened, frame: VideoFrame, now_s: float) -> bool:
        """Whether nothing is missing in the picture, nor in those on which it was drawn, as far as that is known.

        Some servers cut a key frame of several slices into two packets: each half is marked as damaged, and what
        follows is sound all the same.
        """
        if opened.is_damaged(frame):
            if not frame.key_frame:
                self._damage.struck(frame.pts, now_s)
            return False
        return not self._settings.loses_packets or self._damage.spares(frame.pts, is_key=frame.key_frame, now_s=now_s)

    def _mind_pictureless(self, now_s: float) -> None:
        """A new connection brings a key frame at once. The gap after which the reader is late does not count: nothing
        was decoded in it, since nobody read."""
        if now_s - self._pictured_at_s > PICTURELESS_S:
            raise SourceError(f"{self._settings.where} sends, but for {PICTURELESS_S:g} s no picture could be decoded")

    def _due(self, opened: _Opened, packet: Packet[VideoStream], now_s: float) -> Sequence[Packet[VideoStream]]:
        """What is to be decoded now that `packet` has come, of which the last one is new."""
        late_s = self._tally.clock.late_s
        if not packet.size or late_s is None:
            return [packet]
        was_late = opened.backlog.is_catching_up
        decode_s = self._decode_time.per_packet_s
        due = opened.backlog.due(packet, packet.is_keyframe, late_s=late_s, now_s=now_s, decode_s=decode_s)
        if opened.backlog.is_catching_up:
            if not was_late:
                self._pictured_at_s += self._gap_s
            self._tally.frames_left_out += packet.is_keyframe or not opened.decoder.stands_alone
            self._rest_s = 0.0
            self._backlogs.add(f"{late_s:.1f} s late", now_s=now_s)
        if was_late and due and due[0].is_keyframe:
            opened.decoder.begin_anew()
        return due

    def _compare_clocks(self, opened: _Opened, packet: Packet[VideoStream], now_s: float) -> None:
        """The camera's wall clock is told once, with the first RTCP report: that is now, or was before the stream."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return
        stamp_s = stamp * opened.tick_s
        self._tally.clock.saw(stamp_s, now_s)
        if self._clock_is_told:
            return
        began_us = getattr(opened.container, "start_time_realtime", None)  # PyAV has it since 16
        if began_us:
            self._clock_is_told = True
            self._tally.clock.told(began_us / 1e6 + (stamp_s if opened.began_us else 0.0), time.time())

    def _count_error(self, text: str, now_s: float) -> None:
        self._tally.decode_errors += 1
        self._errors.add(text, now_s=now_s)
        if now_s - self._pictured_at_s > TROUBLE_AFTER_S:
            lost = "; packets are lost: transport tcp loses none" if self._settings.loses_packets else ""
            self._tally.trouble = f"it sends, but its pictures are damaged ({text.lower()}){lost}"

    def close(self) -> None:
        """Give everything back, at once or when the read that is under way ends; safe to call twice."""
        self.closing.set()
        if self._busy.acquire(blocking=False):
            try:
                self._release_if_closing()
            finally:
                self._busy.release()

    def _release_if_closing(self) -> None:
        if self.closing.is_set() and self._opened is not None:
            container, self._opened = self._opened.container, None
            container.close()


def _describe(stream: VideoStream) -> SourceInfo:
    rate = stream.average_rate or stream.guessed_rate
    rate_hz = float(rate) if rate and rate <= BELIEVABLE_RATE_HZ else None
    codec = stream.codec_context
    return SourceInfo(codec.codec.canonical_name, codec.width, codec.height, rate_hz)


def _kinds(container: InputContainer) -> str:
    kinds = sorted({stream.type for stream in container.streams})
    return " and ".join(kinds) if kinds else "nothing"
