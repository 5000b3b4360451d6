"""Whether and which frames are followed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crushwatch.errors import SiteError
from crushwatch.tracing import NoTracer, make_tracer


@pytest.mark.parametrize("share", ["", "0", "0.0"])
def test_tracing_is_off_unless_it_is_asked_for(share: str) -> None:
    tracer = make_tracer("worker", {"CRUSHWATCH_TRACE_SHARE": share})
    assert isinstance(tracer, NoTracer)
    trace = tracer.frame("gate", datetime.now(UTC))
    trace.step("infer")
    trace.end()
    assert trace.parent is None


@pytest.mark.parametrize("share", ["2", "-0.1", "all", "nan"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(SiteError, match="CRUSHWATCH_TRACE_SHARE"):
        make_tracer("worker", {"CRUSHWATCH_TRACE_SHARE": share})
