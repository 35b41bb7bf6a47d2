import hashlib
import subprocess
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from supervisor.options import ProcessConfig, ServerOptions

from client.places import model_store
from gateway.settings import Settings
from local import valkey
from local.places import Places
from local.plan import Plan
from local.ports import Ports, any_free
from local.programs import (
    PROCESSES,
    gateway_environment,
    programs,
    render,
    review_environment,
    scp_environment,
)
from local.runtimes import Runtimes
from local.supervision import own_environment
from review.settings import Settings as ReviewSettings
from scp.settings import Settings as ListenerSettings
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES


def as_supervisor_reads_it(run: Path, ports: Ports, plan: Plan | None = None) -> dict[str, ProcessConfig]:
    places = Places(run)
    running = programs(places, ports, Path("/srv/archives"), Runtimes(Path("/java"), Path("/valkey-server")), plan)
    places.make(tuple(running))
    places.configuration.write_text(render(places, running))
    options = ServerOptions()
    options.realize(["-c", str(places.configuration)])
    places.clear()
    return {process.name: process for group in options.process_group_configs for process in group.process_configs}


def test_every_process_is_restarted_and_stopped_with_its_children(tmp_path: Path) -> None:
    processes = as_supervisor_reads_it(tmp_path, Ports.free())

    assert set(processes) == set(PROCESSES) - set(NUMBERS)
    for process in processes.values():
        assert process.autostart
        assert process.autorestart.__name__ == "RestartUnconditionally"
        assert process.stopasgroup
        assert process.killasgroup
        assert 0 < process.stdout_logfile_maxbytes <= 10 * 1024 * 1024


def test_each_stage_has_its_own_archive_folders_and_ports(tmp_path: Path) -> None:
    processes = as_supervisor_reads_it(tmp_path, ports := Ports.free())

    for variable in ("TS_LOAD_MODELS", "TMPDIR", "TEMP", "LOG_LOCATION", "METRICS_LOCATION", "TS_GRPC_INFERENCE_PORT"):
        assert len({processes[stage].environment[variable] for stage in STAGES}) == len(STAGES)
    for stage in STAGES:
        assert processes[stage].environment["TS_GRPC_INFERENCE_PORT"] == str(ports.stages[stage].grpc)
        assert processes[stage].environment["JAVA_HOME"] == "/java"


def test_each_replica_has_its_own_folders_ports_workers_and_archive(tmp_path: Path) -> None:
    plan = Plan.parse("classifier=2 classifier.workers=3 classifier.threads=2 next/classifier=1")
    ports = Ports.free().holding({each.name: each.stage for each in plan.replicas()})

    processes = as_supervisor_reads_it(tmp_path, ports, plan)

    replicas = [processes[name] for name in ("classifier", "classifier-2", "next-classifier")]
    for variable in ("TMPDIR", "TEMP", "LOG_LOCATION", "METRICS_LOCATION", "TS_GRPC_INFERENCE_PORT", "CXR_PROCESS"):
        assert len({each.environment[variable] for each in replicas}) == 3
    for each in ("directory", "stdout_logfile"):
        assert len({getattr(replica, each) for replica in replicas}) == 3
    assert {each.environment["TS_LOAD_MODELS"] for each in replicas} == {"classifier.mar"}
    assert [each.environment["TS_DEFAULT_WORKERS_PER_MODEL"] for each in replicas] == ["3", "3", "1"]
    assert [each.environment.get("CXR_STAGE_THREADS") for each in replicas] == ["2", "2", None]
    stores = [each.command.partition("--model-store ")[2].split()[0] for each in replicas]
    assert stores == ["/srv/archives", "/srv/archives", "/srv/releases/next"]


def test_strange_folder_names_reach_the_processes_unharmed(tmp_path: Path) -> None:
    run = tmp_path / "100% of it"
    run.mkdir()

    processes = as_supervisor_reads_it(run, Ports.free())

    assert processes["valkey"].directory == str(run / "valkey")
    assert processes["classifier"].environment["LOG_LOCATION"] == str(run / "classifier")


def test_gateway_is_told_where_the_others_are_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan.parse("classifier=2")
    ports = Ports.free().holding({"classifier-2": "classifier"})
    for name, value in gateway_environment(Places(tmp_path), ports, plan).items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.port == ports.gateway
    assert settings.redis.port == ports.valkey
    assert settings.releases == tmp_path / "releases.yaml"
    assert settings.pairs == tmp_path / "pairs"
    assert settings.audit_folder == tmp_path / "audit" / "gateway"
    for stage in ("discriminator", "segmenter"):
        assert getattr(settings, stage) == f"127.0.0.1:{ports.stages[stage].grpc}"
    both = [f"127.0.0.1:{ports.stages[name].grpc}" for name in ("classifier", "classifier-2")]
    assert settings.classifier.split(",") == both


def test_gateway_is_told_of_other_problems_stages_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = Ports.free().holding({"bone-age-2": "bone-age"})
    for name, value in gateway_environment(Places(tmp_path), ports, Plan.parse("bone-age=2")).items():
        monkeypatch.setenv(name, value)

    both = [f"127.0.0.1:{ports.stages[name].grpc}" for name in ("bone-age", "bone-age-2")]
    assert Settings().problems == f"bone-age={','.join(both)}"
    assert Settings().problem_files == {"bone-age": tmp_path / "releases-bone-age.yaml"}
    assert Settings().problem_reference_files == {"bone-age": model_store() / "bone-age" / "reference.json"}
    assert "CXR_PROBLEMS" not in gateway_environment(Places(tmp_path), ports, Plan())


def test_a_problem_whose_films_were_not_looked_at_is_started_without_a_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_MODEL_STORE", str(tmp_path / "empty"))

    assert gateway_environment(Places(tmp_path), Ports.free(), Plan.parse("bone-age=1"))["CXR_PROBLEM_REFERENCES"] == ""


def test_listener_and_gateway_find_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = Ports.free()
    places = Places(tmp_path)
    environment = scp_environment(places, ports) | gateway_environment(places, ports, Plan())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    listener = ListenerSettings()

    assert (listener.port, listener.folder) == (ports.scp, tmp_path / "films")
    assert listener.audit_folder == tmp_path / "audit" / "listener"
    assert str(Settings().listener) == f"http://127.0.0.1:{listener.http_port}/"
    assert str(listener.gateway) == f"http://127.0.0.1:{ports.gateway}/"


def test_reading_room_finds_gateway_and_listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = Ports.free()
    for name, value in review_environment(Places(tmp_path), ports, tmp_path / "store").items():
        monkeypatch.setenv(name, value)

    room = ReviewSettings()

    assert (room.port, room.folder) == (ports.review, tmp_path / "readings")
    assert room.lessons == tmp_path / "lessons"
    assert (room.archives, room.releases) == (tmp_path / "store", tmp_path / "releases.yaml")
    assert room.teach  # what the tests need is all that learning needs
    assert str(room.gateway) == f"http://127.0.0.1:{ports.gateway}/"
    assert str(room.listener) == f"http://127.0.0.1:{ports.door}/"


def test_reading_room_lets_anybody_in_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVIEW_DEMO", raising=False)
    assert own_environment({})["REVIEW_DEMO"] == "true"

    monkeypatch.setenv("REVIEW_DEMO", "false")
    assert own_environment({})["REVIEW_DEMO"] == "false"


def test_valkey_is_a_bounded_cache_on_loopback_that_asks_for_a_password() -> None:
    lines = valkey.configuration(7060, "gateway's", "user's").splitlines()

    for line in ("bind 127.0.0.1", "protected-mode yes", "maxmemory 512mb", 'save ""', "appendonly no"):
        assert line in lines
    assert "user default off" in lines
    gateways = hashlib.sha256(b"gateway's").hexdigest()
    assert f"user cxr on #{gateways} ~cxr:* resetchannels +@all -@admin -@dangerous" in lines


def test_what_is_kept_of_a_stack_is_its_users_alone(tmp_path: Path) -> None:
    as_supervisor_reads_it(tmp_path / "run", Ports.free())
    places = Places(tmp_path / "run")

    assert places.run.stat().st_mode & 0o777 == 0o700
    secrets = {path: path.read_text().strip() for path in (places.secret, places.cache_password, places.cache_admin)}
    assert len(set(secrets.values())) == 3
    for path, secret in secrets.items():
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(secret) == 64
    said = places.configuration.read_text()
    assert "umask=077" in said
    assert not any(secret in said for secret in secrets.values())


def test_valkey_lets_the_gateway_do_what_it_does_and_no_more(tmp_path: Path) -> None:
    port = any_free(1)[0]
    conf = tmp_path / "valkey.conf"
    conf.write_text(valkey.configuration(port, "gateway's", "user's"))
    server = subprocess.Popen([valkey.valkey_server({}), conf], stdout=subprocess.DEVNULL)

    def asked(user: str | None, password: str | None) -> redis.Redis:
        return redis.Redis(port=port, username=user, password=password, retry=Retry(ConstantBackoff(0.1), 100))

    try:
        with asked("cxr", "gateway's") as gateway:
            assert gateway.set("cxr:a", "1", ex=9)
            assert gateway.getex("cxr:a", ex=9) == b"1"
            assert gateway.xadd("cxr:feed", {"id": "1"}, maxlen=9)
            assert gateway.xread({"cxr:feed": "0-0"}, count=1, block=1)
            assert gateway.ping()
            for wrong in (lambda: gateway.get("other"), gateway.flushall, lambda: gateway.config_get("*")):
                with pytest.raises(redis.exceptions.NoPermissionError):
                    wrong()
        with asked(None, None) as nobody, pytest.raises(redis.exceptions.AuthenticationError):
            nobody.ping()
        with asked("admin", "user's") as admin:
            assert admin.flushall()
    finally:
        server.terminate()
        server.wait()
