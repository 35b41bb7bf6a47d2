"""The bills of materials are CycloneDX, and list what is there."""

import hashlib
import json
from typing import Any

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator

from local.places import ROOT
from supply.bills import SUFFIX, listed, write
from supply.installed import brought
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES

NAMES = ("gateway", "scp", "review", "torchserve", "local", "dev", "pages", "models", "images")


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """All of them, as `make sbom` writes them."""
    return {
        path.name.removesuffix(SUFFIX): json.loads(path.read_text()) for path in write(tmp_path_factory.mktemp("sbom"))
    }


def urls(bill: dict[str, Any]) -> set[str]:
    return {component["purl"] for component in listed(bill) if "purl" in component}


def test_each_is_valid_against_the_schema_of_the_version_that_it_names(bills: dict[str, dict[str, Any]]) -> None:
    assert set(bills) == set(NAMES)
    for name, bill in bills.items():
        validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.from_version(bill["specVersion"]))
        assert validator.validate_str(json.dumps(bill)) is None, name


@pytest.mark.parametrize("extra", NAMES[:6])
def test_an_images_bill_lists_each_package_with_its_version_and_licence(bills: dict[str, Any], extra: str) -> None:
    components = {component["name"]: component for component in bills[extra]["components"]}

    assert {name: each["version"] for name, each in components.items()} == {
        name: distribution.version for name, distribution in brought(extra).items()
    }
    assert [name for name, component in components.items() if not component.get("licenses")] == []


def test_a_bill_says_what_needs_what(bills: dict[str, Any]) -> None:
    needs = {entry["ref"]: set(entry.get("dependsOn", [])) for entry in bills["gateway"]["dependencies"]}
    found = {reference: reference.partition("@")[0] for reference in needs}

    (fastapi,) = (reference for reference, name in found.items() if name == "pkg:pypi/fastapi")
    assert {"pkg:pypi/starlette", "pkg:pypi/pydantic"} <= {found[each] for each in needs[fastapi]}


def test_what_is_in_the_packages_of_java_valkey_and_the_model_server_is_told(bills: dict[str, Any]) -> None:
    """Netty's version: `unzip -p model-server.jar META-INF/io.netty.versions.properties`"""
    there = urls(bills["local"])

    assert any(url.startswith("pkg:generic/openjdk@25.") for url in there)
    assert any(url.startswith("pkg:generic/valkey@9.1.") for url in there)
    assert {"pkg:maven/io.netty/netty-codec-http2@4.1.53.Final", "pkg:maven/io.grpc/grpc-netty-shaded@1.50.0"} <= there
    assert "pkg:maven/org.apache.logging.log4j/log4j-core" in there, "without a version, for the jar states none"
    assert "pkg:maven/io.netty/netty-codec-http2@4.1.53.Final" in urls(bills["torchserve"])
    assert not any(url.startswith("pkg:maven") for url in urls(bills["gateway"]))


def test_the_pages_bill_is_of_the_lock_file(bills: dict[str, Any]) -> None:
    packages = json.loads((ROOT / "services" / "review" / "web" / "package-lock.json").read_text())["packages"]
    locked = {path.rpartition("node_modules/")[2]: entry["version"] for path, entry in packages.items() if path}

    assert {each["purl"].replace("%40", "@") for each in bills["pages"]["components"]} == {
        f"pkg:npm/{name}@{version}" for name, version in locked.items()
    }


def test_each_model_is_a_component_with_the_digest_of_its_weights_its_use_and_its_terms(bills: dict[str, Any]) -> None:
    models = {component["name"]: component for component in bills["models"]["components"]}

    others = {name for name in NUMBERS if (ROOT / "model_store" / name / "weights.safetensors").exists()}
    assert set(models) == {*STAGES, *others}
    for stage, model in models.items():
        weights = ROOT / "model_store" / stage / "weights.safetensors"
        digests = {each["name"]: each["hashes"][0]["content"] for each in model["components"]}
        assert model["type"] == "machine-learning-model"
        assert digests[str(weights.relative_to(ROOT))] == hashlib.sha256(weights.read_bytes()).hexdigest()
        assert "not a medical device" in model["modelCard"]["considerations"]["technicalLimitations"][0]
        assert [each["value"] for each in model["properties"] if "non-commercial terms" in each["value"]]


def test_every_image_that_others_build_is_listed(bills: dict[str, Any]) -> None:
    files = [ROOT / "docker-compose.yml", *(ROOT / "deploy").glob("*.Dockerfile")]
    text = "\n".join(file.read_text() for file in files)

    names = {component["name"] for component in bills["images"]["components"]}

    assert {"python", "valkey/valkey", "prom/prometheus", "grafana/grafana"} <= names
    assert all(f"{component['name']}:{component['version']}" in text for component in bills["images"]["components"])
    assert not any(name.startswith("cxr-cascade/") for name in names)
