"""/livez, /readyz, /metrics: for machines, without a log-in and without a word of any patient."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from review.amendments.queue import Amendment
from review.state import ReadingRoom
from review.tables import STATES, Film

FOR_MACHINES = ("/livez", "/readyz", "/metrics")
"""Asked by whichever name or address a probe has; nothing there is of anybody."""

router = APIRouter()


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process is alive."""
    return "alive"


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """Opinions can be kept: the database answers. The gateway may be away meanwhile; reading goes on."""
    room = ReadingRoom.of(request)
    try:
        with room.sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"ready": False, "error": "the database does not answer"}, 503)
    return JSONResponse({"ready": True, "gateway": room.watch.ready, "feed": room.feed.following})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """For Prometheus."""
    room = ReadingRoom.of(request)
    kept = room.metrics
    with room.sessions() as session:
        counted = dict(session.execute(select(Film.state, func.count()).group_by(Film.state)).all())
        sent = Amendment.sent.is_not(None).label("sent")
        told = session.execute(select(sent, Amendment.refused, func.count()).group_by(sent, Amendment.refused)).all()
    amendments = {("sent" if gone else "refused" if refused else "waiting"): count for gone, refused, count in told}
    for name in ("sent", "refused", "waiting"):
        kept.amendments.labels(name).set(amendments.get(name, 0))
    for state in STATES:
        kept.films.labels(state).set(counted.get(state, 0))
    kept.gateway.set(room.watch.ready)
    return Response(generate_latest(kept.registry), media_type=CONTENT_TYPE_LATEST)
