"""docker-compose.yml, read: no container runs where these tests run."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import Settings
from local.places import KEYS_VARIABLE, ROOT, TRUSTED
from local.plan import Plan
from local.probe import said
from review.settings import Settings as ReviewSettings
from scp.routes import read_routes
from scp.settings import Settings as ListenerSettings
from vocabulary.problems.known import NUMBERS, SERVED
from vocabulary.stages import STAGES

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
SEEING = {"prometheus", "grafana", "collector", "jaeger"}
"""The profile observability."""


def test_file_is_what_the_compose_specification_allows() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")

    told = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", FILE], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout


def test_compose_itself_accepts_the_file() -> None:
    plugin = ("docker", "compose")
    if said(*plugin, "version") is None:
        # Debian 12's docker-compose, 1.29, does not know what the file says; no Python or npm package brings another.
        pytest.skip("`docker compose` does not run on this machine")

    told = subprocess.run([*plugin, "-f", FILE, "config", "--quiet"], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr


def test_services_are_gateway_listener_reading_room_redis_and_one_for_each_stage() -> None:
    assert set(SERVICES) - SEEING == {"gateway", "scp", "review", "redis", *SERVED}


def test_a_gateway_reads_after_a_restart_what_it_left_in_valkey() -> None:
    secret = SERVICES["gateway"]["environment"]["CXR_SECRET_FILE"]

    assert Path(secret).name in SERVICES["gateway"]["secrets"], "another than the token, which Valkey and callers know"
    assert not [
        name for name in SERVICES if name != "gateway" and Path(secret).name in SERVICES[name].get("secrets", ())
    ]


def test_what_watches_the_others_or_answers_another_problem_is_started_only_when_it_is_asked_for() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}

    assert profiles == {name: ["observability"] for name in SEEING} | {name: [name] for name in NUMBERS}


@pytest.mark.parametrize("problem", NUMBERS)
def test_a_stage_of_another_problem_is_like_those_of_the_cascade_but_for_its_name(problem: str) -> None:
    named = problem, problem.upper().replace("-", "_")
    told = json.dumps(SERVICES[problem]).replace(named[0], "classifier").replace(named[1], "CLASSIFIER")

    assert json.loads(told) == SERVICES["classifier"] | {"profiles": ["classifier"]}
    assert SERVICES["gateway"]["environment"]["CXR_PROBLEMS"] == "${CXR_PROBLEMS:-}"


def test_images_that_others_made_are_pinned_to_a_version() -> None:
    for name in SEEING:
        assert re.search(r":v?\d+\.\d+\.\d+\}$", SERVICES[name]["image"])


def test_each_image_of_ours_is_built_by_one_service_since_several_that_export_it_at_once_fail() -> None:
    ours = {each["image"] for each in SERVICES.values() if each["image"].startswith("cxr-cascade/")}
    built = [each["image"] for each in SERVICES.values() if "build" in each]

    assert sorted(built) == sorted(ours)


def test_no_registry_is_asked_for_an_image_of_ours_where_somebody_else_may_have_its_name() -> None:
    ours = [each for each in SERVICES.values() if each["image"].startswith("cxr-cascade/")]

    assert {each.get("pull_policy") for each in ours} == {"never"}


def test_every_build_takes_the_mirror_of_the_packages_and_the_time_of_its_files_from_the_environment() -> None:
    for service in SERVICES.values():
        if "build" in service:
            file = (ROOT / service["build"]["dockerfile"]).read_text()
            taken = {name for name, value in service["build"]["args"].items() if value is None}
            assert {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"} <= taken
            mirrors = sorted(taken - {"SOURCE_DATE_EPOCH"}, key=list(service["build"]["args"]).index)
            assert f"ARG {' '.join(mirrors)}\n" in file
            assert "SOURCE_DATE_EPOCH" in taken
            assert re.search(r"(?m)^ARG SOURCE_DATE_EPOCH=\d+$", file)


def test_every_image_of_others_can_be_given_by_its_digest() -> None:
    told = (ROOT / "docs" / "deployment.md").read_text()
    given = {each["image"] for each in SERVICES.values() if not each["image"].startswith("cxr-cascade/")}
    given |= {service["build"]["args"]["PYTHON"] for service in SERVICES.values() if "build" in service}

    for image in given:
        variable, tag = re.fullmatch(r"\$\{(CXR_[A-Z]+_IMAGE):-([a-z/-]+:[\w.-]+)\}", image).groups()
        assert variable in told
        assert tag in told, "in the loop that resolves them"


def test_only_gateway_dicom_port_and_reading_room_are_published_and_only_to_this_machine() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published - SEEING == {"gateway", "scp", "review"}
    assert SERVICES["review"]["ports"] == ["${CXR_REVIEW_BIND:-127.0.0.1}:${CXR_REVIEW_PORT:-8100}:8100"]
    assert SERVICES["gateway"]["ports"] == ["${CXR_GATEWAY_BIND:-127.0.0.1}:${CXR_PORT:-8000}:8000"]
    assert SERVICES["scp"]["ports"] == ["${CXR_SCP_BIND:-127.0.0.1}:${CXR_SCP_PORT:-11112}:11112"]


def test_only_what_is_published_is_on_a_network_that_leads_outside() -> None:
    networks = yaml.safe_load(FILE.read_text())["networks"]

    assert networks["inside"]["internal"] is True
    outside = {name for name, service in SERVICES.items() if service["networks"] != ["inside"]}
    assert outside == {"gateway", "scp", "review", "prometheus", "grafana", "jaeger"}


def test_pages_of_the_machines_owners_are_for_this_machine_only_whatever_is_said() -> None:
    for name in SEEING - {"collector"}:
        (port,) = SERVICES[name]["ports"]
        assert port.startswith("127.0.0.1:")
    assert "ports" not in SERVICES["collector"]


def test_files_that_are_mounted_exist_and_are_read_only() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            if volume["type"] == "bind" and "./build/" not in volume["source"]:
                assert (ROOT / volume["source"]).exists()
                assert volume["read_only"] is True


def test_spans_go_to_the_collector_and_from_there_to_jaeger() -> None:
    collector = yaml.safe_load((ROOT / "deploy" / "observability" / "collector.yml").read_text())
    for name in ("gateway", *STAGES):
        assert SERVICES[name]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "${OTEL_EXPORTER_OTLP_ENDPOINT:-}"

    assert collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(":4318")
    assert collector["exporters"]["otlp"]["endpoint"] == "jaeger:4317"
    assert collector["service"]["pipelines"]["traces"]["exporters"] == ["otlp"]


def test_grafana_has_no_account_and_tells_nobody() -> None:
    environment = SERVICES["grafana"]["environment"]

    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert (
        environment["GF_AUTH_DISABLE_LOGIN_FORM"] == environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    )
    assert environment["GF_ANALYTICS_REPORTING_ENABLED"] == "false"


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
    if name != "collector":  # its image holds nothing that could ask
        assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


def test_gateways_variables_are_settings_and_their_values_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES["gateway"]["environment"]
    for name, value in environment.items():
        if name.startswith("OTEL_"):  # for OpenTelemetry's own SDK
            continue
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

        assert gateway[f"CXR_{stage.upper()}"] == f"dns:///{stage}:{own['TS_GRPC_INFERENCE_PORT']}"
        assert own["TS_GRPC_INFERENCE_ADDRESS"] == "0.0.0.0"  # noqa: S104 - inside its container
        assert own["TS_LOAD_MODELS"] == f"{stage}.mar"
        assert f"/predictions/{stage}'" in SERVICES[stage]["healthcheck"]["test"][-1]


def test_a_plan_that_the_stack_without_containers_reads_sizes_the_stages_here_too(tmp_path: Path) -> None:
    plan = tmp_path / "plan.env"
    plan.write_text("CXR_CLASSIFIER_REPLICAS=3\nCXR_CLASSIFIER_WORKERS=2\nCXR_CLASSIFIER_THREADS=4\n")
    size = Plan.read(plan).releases["stable"]["classifier"]
    told = dict(line.split("=") for line in plan.read_text().split())

    def filled(text: str) -> str:
        name, _, otherwise = text[2:-1].partition(":-")
        return told.get(name) or otherwise

    service = SERVICES["classifier"]
    assert filled(service["deploy"]["replicas"]) == str(size.replicas)
    assert filled(service["environment"]["TS_DEFAULT_WORKERS_PER_MODEL"]) == str(size.workers)
    assert filled(service["environment"]["CXR_STAGE_THREADS"]) == str(size.threads)


def test_each_stage_is_sized_by_variables_of_its_own() -> None:
    for stage in STAGES:
        own, upper = SERVICES[stage], stage.upper()

        assert own["deploy"]["replicas"] == f"${{CXR_{upper}_REPLICAS:-1}}"
        assert own["environment"]["TS_DEFAULT_WORKERS_PER_MODEL"] == f"${{CXR_{upper}_WORKERS:-1}}"
        assert own["environment"]["CXR_STAGE_THREADS"] == f"${{CXR_{upper}_THREADS:-${{CXR_STAGE_THREADS:-1}}}}"
        assert not {"ports", "container_name"} & set(own), "a second replica could have neither"


def test_a_stage_that_is_stopped_has_time_to_answer_what_it_has() -> None:
    for stage in STAGES:
        config = yaml.safe_load((ROOT / "model_store" / stage / "model-config.yaml").read_text())
        assert int(SERVICES[stage]["stop_grace_period"].rstrip("s")) > config["responseTimeout"]


def test_stages_are_up_before_the_gateway_and_redis_is_not_waited_for() -> None:
    awaited = SERVICES["gateway"]["depends_on"]

    assert all(awaited[stage]["condition"] == "service_healthy" for stage in STAGES)
    assert awaited["redis"]["condition"] == "service_started"


def test_archives_and_trusted_keys_are_mounted_read_only_and_never_made_up() -> None:
    for stage in STAGES:
        archives, keys = SERVICES[stage]["volumes"]

        assert (archives["source"], archives["target"]) == ("./build/model_store", "/srv/archives")
        assert keys["source"] == f"${{CXR_TRUSTED_KEYS:-./{TRUSTED.relative_to(ROOT)}}}"
        for volume in (archives, keys):
            assert volume["read_only"] is True
            assert volume["bind"]["create_host_path"] is False


def test_keys_are_mounted_where_the_image_looks_for_them() -> None:
    image = (ROOT / "deploy" / "torchserve.Dockerfile").read_text()

    assert f"{KEYS_VARIABLE}={SERVICES['classifier']['volumes'][1]['target']} " in image


def test_the_gateways_audit_is_on_a_volume() -> None:
    gateway = SERVICES["gateway"]
    mounts = {each["target"]: each for each in gateway["volumes"]}
    place, _, _ = gateway["environment"]["CXR_AUDIT_FOLDER"].rpartition("/")

    assert mounts[place]["type"] == "volume" and not mounts[place].get("read_only")
    assert mounts[place]["source"] in yaml.safe_load(FILE.read_text())["volumes"]
