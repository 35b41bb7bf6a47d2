"""What a peer should have and has not: the ledger's objects against what the peer says it has."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from scp.ledger import Ledger, Made
from scp.outbox import Outbox, Parcel
from scp.peers.session import Session
from scp.routes import Route

EXPECTED = {"sr": ("sr", "notice"), "lungs": ("lungs",), "overlay": ("overlay",), "amendment": ("amendment",)}
"""Result of a route to the kinds of objects that it stands for; a film's amendments are amendment-1, amendment-2..."""


def missing(route: Route, ledger: Ledger, peer: Session, since: datetime | None = None) -> list[Made]:
    """The objects that the route should have delivered and the peer does not have, in the order of their making.

    Raises:
        PeerAwayError: the peer does not tell.
    """
    studies: dict[str, list[Made]] = defaultdict(list)
    for made in expected(route, ledger, since):
        studies[made.study_instance_uid].append(made)
    return [
        made
        for study, objects in studies.items()
        for there in [peer.instances(study)]
        for made in objects
        if made.sop_instance_uid not in there
    ]


def unknown(ledger: Ledger, peer: Session, since: date) -> list[tuple[str, str]]:
    """Films of studies since a day that the peer has and that never came here: SOP and Study Instance UID.

    Raises:
        PeerAwayError: the peer does not tell.
    """
    known = {sop_instance_uid for _, sop_instance_uid, _ in ledger.films()}
    return sorted((film, study) for film, study in peer.films(since).items() if film not in known)


def expected(route: Route, ledger: Ledger, since: datetime | None = None) -> list[Made]:
    """The objects that the route delivers, of films whose outcome it wants."""
    kinds = {kind for result in route.results for kind in EXPECTED.get(result, ())}
    if set(route.outcomes) >= {"assessed", "refused", "failed"}:
        wanted = None
    else:
        wanted = {film for outcome in route.outcomes for film, _, _ in ledger.films(outcome)}
    return [
        made
        for made in ledger.made(since=since)
        if made.study_instance_uid  # else it was forgotten
        and made.kind.partition("-")[0] in kinds
        and (wanted is None or made.instance in wanted)
    ]


def resend(route: Route, objects: Iterable[Made], ledger: Ledger, outbox: Outbox) -> tuple[int, list[Made]]:
    """Queue objects once more for a route; how many were, and those that are kept no longer."""
    gone, parcels = [], []
    for made in objects:
        if made.kind in outbox.kinds(made.instance):
            parcels.append(Parcel(route.name, made.instance, made.kind))
            ledger.append(made.instance, "resent", route=route.name, object=made.kind)
        else:
            gone.append(made)
    outbox.enqueue(parcels)
    return len(parcels), gone
