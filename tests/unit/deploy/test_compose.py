"""docker-compose.yml, read: no container runs where these tests run."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import Settings
from local.places import ROOT
from local.ports import STAGES
from review.settings import Settings as ReviewSettings
from scp.routes import read_routes
from scp.settings import Settings as ListenerSettings

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]


def test_file_is_what_the_compose_specification_allows() -> None:
    checker = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent))
    assert checker is not None

    told = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", FILE], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout


def test_compose_itself_accepts_the_file() -> None:
    plugin = ["docker", "compose"] if shutil.which("docker") else []
    if not plugin or subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose on this machine")

    told = subprocess.run([*plugin, "-f", FILE, "config", "--quiet"], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr


def test_services_are_gateway_listener_reading_room_redis_and_one_for_each_stage() -> None:
    assert set(SERVICES) == {"gateway", "scp", "review", "redis", *STAGES}


def test_only_gateway_dicom_port_and_reading_room_are_published_and_only_to_this_machine() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"gateway", "scp", "review"}
    assert SERVICES["review"]["ports"] == ["${CXR_BIND:-127.0.0.1}:${CXR_REVIEW_PORT:-8100}:8100"]
    assert SERVICES["gateway"]["ports"] == ["${CXR_BIND:-127.0.0.1}:${CXR_PORT:-8000}:8000"]
    assert SERVICES["scp"]["ports"] == ["${CXR_BIND:-127.0.0.1}:${CXR_SCP_PORT:-11112}:11112"]


def test_only_what_is_published_is_on_a_network_that_leads_outside() -> None:
    networks = yaml.safe_load(FILE.read_text())["networks"]

    assert networks["inside"]["internal"] is True
    outside = {name for name, service in SERVICES.items() if service["networks"] != ["inside"]}
    assert outside == {"gateway", "scp", "review"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_runs_without_privileges_on_a_root_it_cannot_write(name: str) -> None:
    service = SERVICES[name]

    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_limited_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]

    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


def test_gateways_variables_are_settings_and_their_values_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES["gateway"]["environment"]
    for name, value in environment.items():
        assert name.removeprefix("CXR_").lower() in Settings.model_fields
        monkeypatch.setenv(name, value.partition(":-")[2].rstrip("}") if value.startswith("${") else value)

    settings = Settings()

    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104 - inside its container


def test_listeners_variables_are_settings_and_their_values_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES["scp"]["environment"]
    for name, value in environment.items():
        assert name.removeprefix("CXR_SCP_").lower() in ListenerSettings.model_fields
        monkeypatch.setenv(name, value.partition(":-")[2].rstrip("}") if value.startswith("${") else value)

    settings = ListenerSettings()

    assert SERVICES["gateway"]["environment"]["CXR_LISTENER"] == f"http://scp:{settings.http_port}"
    assert {volume["target"] for volume in SERVICES["scp"]["volumes"]} == {str(settings.folder), str(settings.routes)}


def test_reading_rooms_variables_are_settings_and_their_values_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES["review"]["environment"]
    for name, value in environment.items():
        assert name.removeprefix("REVIEW_").lower() in ReviewSettings.model_fields
        monkeypatch.setenv(name, value.partition(":-")[2].rstrip("}") if value.startswith("${") else value)

    settings = ReviewSettings()

    assert {volume["target"] for volume in SERVICES["review"]["volumes"]} == {str(settings.folder)}
    assert (settings.demo, settings.secure) == (False, True)


def test_the_file_of_the_routes_that_ships_is_one() -> None:
    assert read_routes(ROOT / "deploy" / "routes.yaml").routes == ()


def test_gateway_asks_each_stage_where_it_listens() -> None:
    gateway = SERVICES["gateway"]["environment"]
    for stage in STAGES:
        own = SERVICES[stage]["environment"]

        assert gateway[f"CXR_{stage.upper()}"] == f"{stage}:{own['TS_GRPC_INFERENCE_PORT']}"
        assert own["TS_GRPC_INFERENCE_ADDRESS"] == "0.0.0.0"  # noqa: S104 - inside its container
        assert own["TS_LOAD_MODELS"] == f"{stage}.mar"
        assert f"/predictions/{stage}'" in SERVICES[stage]["healthcheck"]["test"][-1]


def test_stages_are_up_before_the_gateway_and_redis_is_not_waited_for() -> None:
    awaited = SERVICES["gateway"]["depends_on"]

    assert all(awaited[stage]["condition"] == "service_healthy" for stage in STAGES)
    assert awaited["redis"]["condition"] == "service_started"


def test_archives_are_mounted_read_only_and_never_made_up() -> None:
    (volume,) = SERVICES["classifier"]["volumes"]

    assert volume["read_only"] is True
    assert volume["bind"]["create_host_path"] is False
