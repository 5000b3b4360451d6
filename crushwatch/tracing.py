"""Traces: a sampled frame followed from its capture to a browser, as OpenTelemetry spans. Off unless it is asked for.

CRUSHWATCH_TRACE_SHARE   share of the frames that are followed, 0 (the default: off) to 1
OTEL_EXPORTER_OTLP_...   where the spans go, as OpenTelemetry has it; by OTLP over HTTP

The worker begins a trace, the readings carry its name (W3C `traceparent`) over the bus, the service goes on with it.
While it is off nothing of OpenTelemetry is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from crushwatch import __version__
from crushwatch.errors import SiteError

SHARE = "CRUSHWATCH_TRACE_SHARE"


class FrameTrace(Protocol):
    """One frame on its way. A step ends where it is named and began where the one before ended."""

    @property
    def parent(self) -> str | None:
        """What readings carry; None: this frame is not followed."""
        ...

    def step(self, name: str) -> None:
        """One of the six words of the pipeline, and what the service does."""
        ...

    def end(self) -> None:
        """The last step is done."""
        ...


class Tracer(Protocol):
    """Begins traces, and goes on with those that others began."""

    def frame(self, camera: str, captured_at: datetime) -> FrameTrace:
        """A frame that was captured then; followed or not, as the share has it."""
        ...

    def later(self, name: str, parents: Iterable[str], began_at: datetime) -> None:
        """A step of the service, done now, for all of these traces."""
        ...


class _NotFollowed:
    parent = None

    def step(self, name: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class NoTracer:
    """Tracing is off."""

    def frame(self, camera: str, captured_at: datetime) -> FrameTrace:  # noqa: ARG002  # the protocol's signature
        """A frame that is not followed."""
        return _NOT_FOLLOWED

    def later(self, name: str, parents: Iterable[str], began_at: datetime) -> None:
        """Nothing."""


class OpenTelemetryTracer:
    """Spans by the SDK: a share of the frames at random, sent in batches by a thread of its own."""

    def __init__(self, program: str, share: float) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError:
            raise SiteError(f"{SHARE} asks for traces, and OpenTelemetry is not installed; "
                            "pip install 'crushwatch[tracing]'") from None  # fmt: skip
        resource = Resource.create({"service.name": f"crushwatch-{program}", "service.version": __version__})
        provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(share)))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000))
        self._tracer: Any = provider.get_tracer("crushwatch")
        self._names = TraceContextTextMapPropagator()

    def frame(self, camera: str, captured_at: datetime) -> FrameTrace:
        """The root span begins with the capture."""
        span = self._tracer.start_span("frame", start_time=_ns(captured_at), attributes={"camera": camera})
        return _Followed(self._tracer, span, _ns(captured_at)) if span.is_recording() else _NOT_FOLLOWED

    def later(self, name: str, parents: Iterable[str], began_at: datetime) -> None:
        """A child of each trace."""
        for parent in parents:
            context = self._names.extract({"traceparent": parent})
            self._tracer.start_span(name, context=context, start_time=_ns(began_at)).end()


class _Followed:
    def __init__(self, tracer: Any, span: Any, began_ns: int) -> None:
        from opentelemetry.trace import set_span_in_context

        self._tracer = tracer
        self._span = span
        self._context = set_span_in_context(span)
        self._step_began_ns = began_ns

    @property
    def parent(self) -> str | None:
        """`00-<trace>-<span>-01`."""
        known = self._span.get_span_context()
        return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"

    def step(self, name: str) -> None:
        """A child span, from the last step's end until now."""
        now_ns = time.time_ns()
        child = self._tracer.start_span(name, context=self._context, start_time=self._step_began_ns)
        child.end(end_time=now_ns)
        self._step_began_ns = now_ns

    def end(self) -> None:
        """With the last step."""
        self._span.end(end_time=self._step_began_ns)


_NOT_FOLLOWED: FrameTrace = _NotFollowed()


def make_tracer(program: str, environment: Mapping[str, str]) -> Tracer:
    """As the environment asks; raises SiteError where it asks for what cannot be.

    >>> isinstance(make_tracer("worker", {}), NoTracer)
    True
    """
    text = environment.get(SHARE) or "0"
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SiteError(f"{SHARE} {text!r}: a share of the frames, 0 (off) to 1 (all), as 0.01")
    return OpenTelemetryTracer(program, share) if share else NoTracer()


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)
