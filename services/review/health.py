"""/livez, /readyz, /metrics: for machines, without a log-in and without a word of any patient."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from review.amendments.queue import Amendment
from review.tables import STATES, Film

router = APIRouter()


class Metrics:
    """The reading room's own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        named = {"registry": self.registry}
        self.opinions = Counter("review_opinions", "Opinions given.", ["seen"], **named)  # type: ignore[arg-type]
        self.films = Gauge("review_films", "Films, by state.", ["state"], **named)  # type: ignore[arg-type]
        self.amendments = Gauge(
            "review_amendments",
            "Amendments for the listener, by state.",
            ["state"],
            **named,  # type: ignore[arg-type]
        )
        self.gateway = Gauge("review_gateway_ready", "Whether the gateway answers.", **named)  # type: ignore[arg-type]


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process is alive."""
    return "alive"


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """Opinions can be kept: the database answers. The gateway may be away meanwhile; reading goes on."""
    try:
        with request.state.sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"ready": False, "error": "the database does not answer"}, 503)
    watch, feed = request.state.watch, request.state.feed
    return JSONResponse({"ready": True, "gateway": watch.ready, "feed": feed.following})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """For Prometheus."""
    kept: Metrics = request.state.metrics
    with request.state.sessions() as session:
        counted = dict(session.execute(select(Film.state, func.count()).group_by(Film.state)).all())
        sent = Amendment.sent.is_not(None).label("sent")
        told = session.execute(select(sent, Amendment.refused, func.count()).group_by(sent, Amendment.refused)).all()
    amendments = {("sent" if gone else "refused" if refused else "waiting"): count for gone, refused, count in told}
    for name in ("sent", "refused", "waiting"):
        kept.amendments.labels(name).set(amendments.get(name, 0))
    for state in STATES:
        kept.films.labels(state).set(counted.get(state, 0))
    kept.gateway.set(request.state.watch.ready)
    return Response(generate_latest(kept.registry), media_type=CONTENT_TYPE_LATEST)
