import pytest

from gateway.fleet.addresses import Addresses


async def test_a_list_is_replicas_as_they_are_named():
    assert await Addresses.parse("a:1, 10.0.0.1:7070,[::1]:7070").resolve({}) == {
        "a:1": None,
        "10.0.0.1:7070": None,
        "[::1]:7070": None,
    }


async def test_every_address_of_a_name_is_a_replica_whose_certificate_is_for_the_name():
    found = await Addresses.parse("dns:///localhost:7070").resolve({})

    assert found["127.0.0.1:7070"] == "localhost"


async def test_what_was_known_stays_where_a_name_cannot_be_looked_up():
    known = {"10.0.0.1:7070": "nowhere.invalid"}

    assert await Addresses.parse("dns:///nowhere.invalid:7070").resolve(known) == known
    assert await Addresses.parse("dns:///nowhere.invalid:7070,a:1").resolve({}) == {"a:1": None}


@pytest.mark.parametrize(
    "text", ["", "host", "host:", "host:0", "host:65536", "http://host:1", "a:1,,b:2", "dns:///:1"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="neither host:port nor"):
        Addresses.parse(text)
