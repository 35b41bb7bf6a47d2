import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, astuple, replace

import pytest

from local.errors import PortTakenError, StackError
from local.ports import Ports, StagePorts, any_free, check_free, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_taken_port_is_told_with_its_process_and_the_way_out(taken: int) -> None:
    with pytest.raises(PortTakenError) as told:
        check_free({taken: "gateway"})

    assert f"Port {taken}, where the gateway should listen" in str(told.value)
    assert f"process {os.getpid()}" in str(told.value)
    assert f"CXR_PORT={taken + 1} make demo" in str(told.value)


def test_taken_port_of_a_stage_is_moved_with_all_of_them(taken: int) -> None:
    with pytest.raises(PortTakenError, match="CXR_FIRST_PORT=8060 make demo"):
        check_free({taken: "classifier (grpc)"})


def test_taken_port_of_the_listener_is_moved_alone(taken: int) -> None:
    with pytest.raises(PortTakenError, match=f"CXR_SCP_PORT={taken + 1} make demo"):
        check_free({taken: "scp"})


def test_port_is_free_again_as_soon_as_its_listener_is_gone(taken: int) -> None:
    assert not is_free(taken)

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        other.bind(("127.0.0.1", 0))
        other.listen()
        with socket.create_connection(other.getsockname()):
            connection, _ = other.accept()
            connection.close()  # leaves the port in TIME_WAIT
        port = other.getsockname()[1]

    assert is_free(port)


def test_port_that_was_given_is_not_given_again_before_anybody_listens_on_it() -> None:
    given = [port for _ in range(300) for port in any_free(2)]

    assert len(set(given)) == len(given)


def test_free_ports_are_all_different() -> None:
    named = Ports.free().named(("gateway", "valkey", "scp", "review", "discriminator", "segmenter", "classifier"))

    assert len(named) == 5 + 3 * 3


def test_default_ports_leave_redis_own_port_alone_and_follow_the_environment() -> None:
    assert Ports.default({}).valkey == 7060
    assert Ports.default({}).stages["classifier"].grpc == 7090

    chosen = {"CXR_PORT": "8001", "CXR_REVIEW_PORT": "8002", "CXR_SCP_PORT": "104", "CXR_FIRST_PORT": "9000"}
    moved = Ports.default(chosen)

    assert (moved.gateway, moved.review, moved.scp) == (8001, 8002, 104)
    assert (moved.valkey, moved.door) == (9000, 9001)
    assert moved.stages["discriminator"].grpc == 9010


def test_further_replicas_listen_a_hundred_above_each_other_and_keep_their_ports() -> None:
    base = Ports.default({"CXR_FIRST_PORT": "21060"})
    two = base.holding({"classifier-2": "classifier"})

    more = two.holding({"classifier-2": "classifier", "classifier-3": "classifier", "next-segmenter": "segmenter"})

    assert two.stages["classifier-2"].grpc == 21190
    assert more.stages["classifier-2"] == two.stages["classifier-2"]
    assert more.stages["classifier-3"].grpc == 21290
    assert more.stages["next-segmenter"].grpc == 21180
    assert more.holding({}) == base


def test_hundred_in_which_somebody_listens_is_passed_over() -> None:
    base = Ports.free()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        there = listening.getsockname()[1]
        moved = replace(
            base, stages={**base.stages, "classifier": replace(base.stages["classifier"], metrics=there - 100)}
        )

        further = moved.holding({"classifier-2": "classifier"})

    assert further.stages["classifier-2"].metrics != there
    assert len(further.named(("classifier", "classifier-2"))) == 6


def test_replica_near_the_highest_port_listens_anywhere() -> None:
    base = Ports.default({"CXR_FIRST_PORT": "64900"})
    two = replace(base, stages={**base.stages, "classifier": StagePorts(65500, 65501, 65502)})

    further = two.holding({"classifier-2": "classifier"})

    assert all(0 < port < 65536 for port in astuple(further.stages["classifier-2"]))


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "8e3"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(StackError, match="CXR_PORT"):
        Ports.default({"CXR_PORT": text})


def test_ports_are_read_as_they_were_stored() -> None:
    ports = Ports.free().holding({"next-classifier": "classifier"})

    assert Ports.read(asdict(ports)) == ports
