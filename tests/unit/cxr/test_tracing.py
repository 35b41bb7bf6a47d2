"""A stage's own spans, sent to a real receiver."""

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxr import stage, tracing, wire
from tests.spans import receiving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


class SlowHandler(stage.StageHandler):
    """Takes 20 ms to say that everything is a film."""

    name = "discriminator"

    def _network(self, made_from: Any, gpu: int | None) -> Any:
        return lambda pixels: (pixels,)

    def predict(self, pixels: NDArray[np.uint8]) -> list[wire.Discrimination]:
        time.sleep(0.02)
        return [wire.Discrimination(0.9, 0.8, 0.7, 0.6) for _ in pixels]


def started(tmp_path: Any) -> SlowHandler:
    handler = SlowHandler()
    config = {"stage": {"version": "1.2.3", "side": 8, "threads": 1}}
    handler.initialize(SimpleNamespace(system_properties={"model_dir": str(tmp_path)}, model_yaml_config=config))
    return handler


def request(name: str, traceparent: str = "") -> dict[str, bytes]:
    traced = {"traceparent": bytearray(traceparent.encode())} if traceparent else {}
    return {"data": wire.encode_request(np.ones((8, 8), np.uint8), name), **traced}


def test_inference_is_a_span_under_the_gateways_for_each_film_of_a_batch_that_is_traced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    with receiving() as receiver:
        monkeypatch.setenv(tracing.ENDPOINT, receiver.url)
        batch = [request("a", f"00-{TRACE}-{CALLER}-01"), request("b"), request("c", f"00-{TRACE}-{CALLER}-00")]

        replies = started(tmp_path).handle(batch, context=None)
        (span,) = receiver.wait(lambda spans: len(spans) > 0)

    assert len(replies) == 3
    assert (span.name, span.service, span.version) == ("inference", "cxr-discriminator", "1.2.3")
    assert (span.trace, span.parent) == (TRACE, CALLER)
    assert span.attributes == {"cxr.request_id": "a", "cxr.batch": 3}
    assert 20e6 <= span.end - span.start < 2e9
    assert capsys.readouterr().out.count(f'"trace_id": "{TRACE}"') == 2


def test_what_is_no_traceparent_harms_nobody(tmp_path: Any) -> None:
    (reply,) = started(tmp_path).handle([request("a", "00-not-one-01")], context=None)

    assert isinstance(wire.decode_reply("discriminator", reply).answer, wire.Discrimination)


@pytest.mark.parametrize("text", ["", "00-xyz-01", f"00-{TRACE}-{CALLER}", f"00-{TRACE.upper()}-{CALLER}-01"])
def test_trace_of_what_is_no_traceparent_is_none(text: str) -> None:
    assert tracing.trace_id(text) is None
