"""What a service says of settings that do not fit."""

import pytest
from pydantic import ValidationError

from auditing.settings import wrong
from gateway.settings import Settings as Gateway
from review.settings import Settings as Room
from scp.settings import Settings as Listener


@pytest.mark.parametrize(
    ("settings", "given", "told"),
    [
        (Gateway, {"port": "x"}, "CXR_PORT: Input should be a valid integer, unable to parse string as an integer"),
        (Listener, {"max_film_bytes": 0}, "CXR_SCP_MAX_FILM_BYTES: Input should be greater than 0"),
        (Room, {"port": -1}, "REVIEW_PORT: Input should be greater than or equal to 0"),
    ],
    ids=["gateway", "listener", "reading room"],
)
def test_a_variable_is_named_as_one_writes_it_into_the_environment(settings, given, told):
    with pytest.raises(ValidationError) as error:
        settings(**given)

    assert wrong(error.value, settings) == told


def test_what_is_wrong_with_several_together_is_told_as_it_is():
    with pytest.raises(ValidationError) as error:
        Gateway(host="192.0.2.7")

    assert wrong(error.value, Gateway).startswith("CXR_HOST=192.0.2.7 is not loopback, so callers must prove who they")
