"""Which decoder a stream gets, and which of its frames are decoded at all."""

from __future__ import annotations

from typing import Literal

import av
from av.codec.codec import Codec
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from structlog.typing import FilteringBoundLogger

HardwareDecoder = Literal["none", "auto", "cuda", "vaapi", "qsv"]
Skip = Literal["DEFAULT", "NONREF", "NONKEY"]

AUTO_ORDER: tuple[HardwareDecoder, ...] = ("cuda", "vaapi", "qsv")


def frames_to_skip(*, key_frames_only: bool, analysis_rate_hz: float | None, frame_rate_hz: float | None) -> Skip:
    """Frames that need not be decoded.

    Where few are analysed, those that no other frame refers to are left out: with the usual three between two that
    are referred to, a quarter remains.

    >>> frames_to_skip(key_frames_only=False, analysis_rate_hz=2, frame_rate_hz=25)
    'NONREF'
    >>> frames_to_skip(key_frames_only=False, analysis_rate_hz=10, frame_rate_hz=25)
    'DEFAULT'
    """
    if key_frames_only:
        return "NONKEY"
    is_sparse = analysis_rate_hz is not None and frame_rate_hz is not None and analysis_rate_hz * 4 <= frame_rate_hz
    return "NONREF" if is_sparse else "DEFAULT"


def open_decoder(stream: VideoStream, hardware: HardwareDecoder, log: FilteringBoundLogger) -> VideoCodecContext:
    """The decoder of `stream`: on the GPU where that is wanted and works, else on one thread of the processor."""
    wanted = AUTO_ORDER if hardware == "auto" else () if hardware == "none" else (hardware,)
    refusals = []
    for kind in wanted:
        try:
            decoder = _hardware_decoder(stream, kind)
        except (av.FFmpegError, NotImplementedError, ValueError) as error:
            refusals.append(f"{kind}: {getattr(error, 'strerror', None) or error}")
            continue
        log.info("decodes on hardware", device=kind, codec=decoder.name)
        return decoder
    if refusals:
        log.warning("hardware decoder is not to be had, decodes on the processor", reason="; ".join(refusals))
    stream.codec_context.thread_count = 1
    return stream.codec_context


def _hardware_decoder(stream: VideoStream, kind: HardwareDecoder) -> VideoCodecContext:
    """A decoder on a device of that kind; raises what libav raises when there is none."""
    if kind not in hwdevices_available():
        raise NotImplementedError("this build of FFmpeg does not have it")
    name = f"{stream.codec_context.codec.name}_qsv" if kind == "qsv" else stream.codec_context.codec.name
    device = HWAccel(kind, allow_software_fallback=True)
    decoder = VideoCodecContext.create(Codec(name, "r"), "r", hwaccel=device)
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101  # a video codec's context: for the type checker
    if not decoder.is_hwaccel:
        raise NotImplementedError(f"it does not decode {stream.codec_context.codec.name}")
    decoder.extradata = stream.codec_context.extradata
    decoder.open()
    return decoder
