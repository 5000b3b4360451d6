"""Which decoder a stream gets, and which of its frames are decoded at all: those that somebody needs."""

from __future__ import annotations

from typing import Literal

import av
from av.codec.codec import Codec
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from structlog.typing import FilteringBoundLogger

HardwareDecoder = Literal["none", "auto", "cuda", "vaapi", "qsv"]

AUTO_ORDER: tuple[HardwareDecoder, ...] = ("cuda", "vaapi", "qsv")

SPARE = 2.0
"""Where frames can be left out, this many are decoded for each that is analysed, so that the newest is new enough."""

TOO_FEW_FOR_S = 10.0
TOO_FEW = 0.75
"""Of the frames that are analysed: where fewer are decoded for so long, too many are left out."""


class Spacing:
    """Lets through what comes `rate_hz` times a second, or everything for None.

    >>> spacing = Spacing(2.0)
    >>> [spacing.is_due(moment_s) for moment_s in (0.0, 0.2, 0.4, 0.5, 0.9, 1.1, 0.3, None)]
    [True, False, False, True, False, True, True, True]
    """

    def __init__(self, rate_hz: float | None) -> None:
        self._shortest_s = 1 / rate_hz if rate_hz else 0.0
        self._last_s: float | None = None

    def is_due(self, moment_s: float | None) -> bool:
        """Whether this one is let through; a moment before the last one begins anew."""
        if moment_s is not None and self._last_s is not None and 0 <= moment_s - self._last_s < self._shortest_s:
            return False
        self._last_s = moment_s
        return True


class Left:
    """What is left of a stream of which frames are left out that no other needs. Some encoders say that of nearly all.

    >>> left = Left(analysis_rate_hz=2.0)
    >>> [number for number in range(500) if left.are_too_few(number % 50 == 0, moment_s=number * 0.04)]
    [250]
    """

    def __init__(self, analysis_rate_hz: float) -> None:
        self._analysis_rate_hz = analysis_rate_hz
        self._began_s: float | None = None
        self._packets = self._frames = 0

    def are_too_few(self, frames: int, moment_s: float | None) -> bool:
        """One packet more, of which so many frames came. False, too, where the camera itself sends hardly more."""
        if moment_s is None:
            return False
        if self._began_s is None:
            self._began_s, self._packets, self._frames = moment_s, 0, 0
        self._packets += 1
        self._frames += frames
        lasts_s = moment_s - self._began_s
        if 0 <= lasts_s < TOO_FEW_FOR_S:
            return False
        self._began_s, wanted = None, self._analysis_rate_hz * lasts_s
        return self._frames < TOO_FEW * wanted and is_sparse(wanted, self._packets)


class Decoder:
    """From packets to frames. Frames that stand alone (key frames where only they are wanted; all of MJPEG) are decoded
    at `SPARE` times the rate of analysis; of others, where few are analysed, those are left out that no other needs.

    analysis_rate_hz: None for every frame.
    """

    def __init__(
        self,
        context: VideoCodecContext,
        *,
        key_frames_only: bool,
        analysis_rate_hz: float | None,
        frame_rate_hz: float | None,
    ) -> None:
        self._context = context
        self._stand_alone = key_frames_only or context.codec.intra_only
        self._spacing = Spacing(analysis_rate_hz and SPARE * analysis_rate_hz)
        self._left: Left | None = None
        if analysis_rate_hz and not self._stand_alone and is_sparse(analysis_rate_hz, frame_rate_hz):
            self._left = Left(analysis_rate_hz)
            context.skip_frame = "NONREF"

    def frames(self, packet: Packet[VideoStream], moment_s: float | None) -> list[VideoFrame]:
        """What comes out for this packet, which was received or filmed at `moment_s`; raises av.FFmpegError."""
        if not self._stand_alone:
            found = self._context.decode(packet)
            if self._left is not None and self._left.are_too_few(len(found), moment_s):
                self._left, self._context.skip_frame = None, "DEFAULT"
            return found
        return self._alone(packet) if packet.is_keyframe and self._spacing.is_due(moment_s) else []

    @property
    def stands_alone(self) -> bool:
        """Whether each frame that is decoded needs no other."""
        return self._stand_alone

    def begin_anew(self) -> None:
        """What comes next is a key frame; what was decoded before it is forgotten."""
        self._context.flush_buffers()

    def _alone(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """The picture at once: a decoder left to itself keeps it back until later ones have come."""
        try:
            return [*self._context.decode(packet), *self._context.decode(None)]
        finally:
            self._context.flush_buffers()


def is_sparse(analysis_rate_hz: float | None, frame_rate_hz: float | None) -> bool:
    """Whether frames that no other refers to can be left out: with the usual three between two that are referred to, a
    quarter remains.

    >>> is_sparse(2, 25), is_sparse(10, 25)
    (True, False)
    """
    return analysis_rate_hz is not None and frame_rate_hz is not None and analysis_rate_hz * 4 <= frame_rate_hz


def open_context(
    stream: VideoStream, hardware: HardwareDecoder, log: FilteringBoundLogger, *, loses_packets: bool = False
) -> VideoCodecContext:
    """The codec of `stream`: on the GPU where that is wanted and works, else on one thread of the processor.

    Where packets are lost, and of pictures that stand alone, one of which a part is missing is refused: left to itself
    the decoder fills it up, and half of a crowd is grey.
    """
    context = _context(stream, hardware, log)
    if loses_packets or context.codec.intra_only:
        context.options = context.options | {"err_detect": "explode"}
    return context


def _context(stream: VideoStream, hardware: HardwareDecoder, log: FilteringBoundLogger) -> VideoCodecContext:
    wanted = AUTO_ORDER if hardware == "auto" else () if hardware == "none" else (hardware,)
    refusals = []
    for kind in wanted:
        try:
            context = _hardware_context(stream, kind)
        except (av.FFmpegError, NotImplementedError, ValueError) as error:
            refusals.append(f"{kind}: {getattr(error, 'strerror', None) or error}")
            continue
        log.info("decodes on hardware", device=kind, codec=context.name)
        return context
    if refusals:
        log.warning("hardware decoder is not to be had, decodes on the processor", reason="; ".join(refusals))
    stream.codec_context.thread_count = 1
    return stream.codec_context


def _hardware_context(stream: VideoStream, kind: HardwareDecoder) -> VideoCodecContext:
    """A codec on a device of that kind; raises what libav raises when there is none."""
    if kind not in hwdevices_available():
        raise NotImplementedError("this build of FFmpeg does not have it")
    name = f"{stream.codec_context.codec.name}_qsv" if kind == "qsv" else stream.codec_context.codec.name
    device = HWAccel(kind, allow_software_fallback=True)
    context = VideoCodecContext.create(Codec(name, "r"), "r", hwaccel=device)
    assert isinstance(context, VideoCodecContext)  # noqa: S101  # a video codec's context: for the type checker
    if not context.is_hwaccel:
        raise NotImplementedError(f"it does not decode {stream.codec_context.codec.name}")
    context.extradata = stream.codec_context.extradata
    context.open()
    return context
