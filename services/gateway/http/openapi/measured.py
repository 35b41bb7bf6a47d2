"""Examples of films of which a number was asked. They are nobody's film."""

from gateway.http.openapi.assessments import CREATED, ID
from results.measured import Measured, MeasuredTimings
from results.schema import Refusal

MEASURED = Measured(
    id=ID,
    created=CREATED,
    asked="bone-age",
    outcome="assessed",
    value={"months": 131.4, "interval": (104.2, 158.6)},
    told={"sex": "F"},
    in_distribution=0.998,
    nearness=0.021,
    models={"bone-age": "1.0.0"},
    display="as stored",
    timings_ms=MeasuredTimings(decode=1.8, model=24.6, total=31.0),
    cached=False,
)

REFUSED = MEASURED.model_copy(
    update={
        "outcome": "refused",
        "refusal": Refusal(
            reason="not_a_hand_radiograph",
            detail="This does not look like a hand radiograph as the model knows them. "
            "Check that the right film was sent.",
        ),
        "value": None,
        "in_distribution": 0.003,
        "nearness": -2.71,
    }
)
