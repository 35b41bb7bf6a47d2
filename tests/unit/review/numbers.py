"""A reading room's films of which a number is asked."""

PROBLEM = "bone-age"


def measured(value=120.0, low=90.0, high=150.0, **more):
    """What the gateway's answer says of one, in months."""
    told = {"months": value, "interval": [low, high]}
    return {
        "asked": PROBLEM,
        "value": told,
        "models": {PROBLEM: "1.0.0"},
        "told": {},
        "created": "2026-03-02T09:00:00Z",
    } | more


def hand(site, value=120.0, low=90.0, high=150.0, **columns):
    """A film of a site, or of a room with its pictures."""
    return site.film(probabilities=None, body=measured(value, low, high), problem=PROBLEM, **columns)
