"""The Dockerfiles, read: no image is built where these tests run."""

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import grimp
import pytest

from local.places import ROOT

FILES = sorted((ROOT / "deploy").glob("*.Dockerfile"))
STAGE = ROOT / "deploy" / "stage.Dockerfile"
BUILT = [file for file in FILES if file != STAGE]
"""From our own sources; a stage's own image only adds an archive to the model server's."""


def instructions(file: Path) -> list[tuple[str, str]]:
    """Name and the rest, continued lines joined, comments left out."""
    lines = (line for line in file.read_text().splitlines() if not line.startswith("#"))
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    parts = (line.partition(" ") for line in whole.splitlines() if line)
    return [(name, rest.strip().removeprefix("--chmod=444 ")) for name, _, rest in parts]


def test_there_is_one_for_each_service_one_for_all_stages_and_one_that_adds_an_archive() -> None:
    images = ("gateway", "review", "scp", "stage", "torchserve")
    assert [file.name for file in FILES] == [f"{image}.Dockerfile" for image in images]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_image_runs_as_a_numbered_user_that_is_not_root(file: Path) -> None:
    users = [rest for name, rest in instructions(file) if name == "USER"]

    assert users
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1])


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_packages_are_those_of_the_hashes_and_nothing_is_fetched_besides_but_torch(file: Path) -> None:
    (run,) = (rest for name, rest in instructions(file) if name == "RUN" and "pip install" in rest)
    locked, *others = re.findall(r"pip install ([^&]+)", run)
    lock = f"{file.name.partition('.')[0]}.txt"

    assert {"--require-hashes", "--no-deps", "--only-binary :all:", f"-r {lock}"} <= options(locked)
    assert any(name == "COPY" and f"deploy/locked/{lock}" in rest.split() for name, rest in instructions(file))
    if file.name == "torchserve.Dockerfile":
        assert [options(other) for other in others] == [{"--only-binary :all:", "-c constraints.txt", "torch"}]
    else:
        assert [options(other) for other in others] == [{"--no-deps", "--no-build-isolation", "--no-index", "."}]


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_what_installs_is_not_there_where_it_runs(file: Path) -> None:
    last = [step for step in steps(file) if "pip" in step][-1]

    assert last == "/opt/venv/bin/python -m pip uninstall --yes --quiet setuptools pip"


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_all_that_is_added_to_the_base_has_one_time_whoever_builds_it(file: Path) -> None:
    first, final = file.read_text().split("\nFROM ")[1:]

    assert "ARG SOURCE_DATE_EPOCH=315532800\n" in first, "1980-01-01T00:00:00Z, the oldest of a ZIP"
    assert steps(file)[-1] == "find /image -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +"
    assert [line for line in final.splitlines() if line.startswith(("COPY", "ADD", "RUN"))] == [
        "RUN --mount=from=packages,source=/image,target=/mnt cp --archive /mnt/. /"
    ]


def steps(file: Path) -> list[str]:
    """Of what installs the packages."""
    (run,) = (rest for name, rest in instructions(file) if name == "RUN" and "pip install" in rest)
    return [step.strip() for step in run.split("&&")]


def options(command: str) -> set[str]:
    """Of pip install, each with its value; how it caches is no matter here."""
    return set(re.findall(r"(?:--only-binary|-r|-c) \S+|\S+", command)) - {"--no-cache-dir"}


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_base_image_is_of_the_python_that_the_code_wants(file: Path) -> None:
    assert ("ARG", "PYTHON=python:3.11-slim-bookworm") in instructions(file)
    bases = [rest for name, rest in instructions(file) if name == "FROM"]
    assert bases == ["${PYTHON} AS packages", "${PYTHON}"]


@pytest.mark.parametrize("name", ["gateway", "review", "scp"])
def test_every_package_of_ours_that_a_service_comes_to_is_in_its_image(name: str) -> None:
    file = ROOT / "deploy" / f"{name}.Dockerfile"
    copied = {rest.split()[0] for what, rest in instructions(file) if what == "COPY" and rest.startswith("services/")}
    services = {"gateway", "review", "scp"}
    shared = {
        "auditing",
        "certificates",
        "client",
        "cxr",
        "databases",
        "doors",
        "erasure",
        "imaging",
        "results",
        "vocabulary",
    }
    graph = grimp.build_graph(*sorted(services | shared))

    reached = {module.partition(".")[0] for module in graph.find_upstream_modules(name, as_package=True)}

    assert {f"services/{package}" for package in reached | {name}} == copied


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_what_is_copied_exists_and_is_not_ignored(file: Path) -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name, rest in instructions(file):
        if name == "COPY" and "--from" not in rest:
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists()
                assert any(fnmatch(source, path) or source.startswith(f"{path}/") for path in kept)


@pytest.mark.parametrize("file", BUILT, ids=lambda file: file.name)
def test_what_comes_from_the_checkout_can_be_read_in_the_image_whatever_its_umask_was(file: Path) -> None:
    copied = [line for line in file.read_text().replace("\\\n", "").splitlines() if line.startswith("COPY ")]
    into_image = [line for line in copied if line.split()[-1].startswith("/image/")]

    assert all(line.startswith("COPY --chmod=444 ") for line in into_image)
    installed = [line for line in copied if line not in into_image]
    assert all(line.split()[-1].startswith(("./", "services/")) for line in installed)


def test_model_server_image_has_none_of_our_code_but_what_looks_at_signatures() -> None:
    file = ROOT / "deploy" / "torchserve.Dockerfile"
    (copied,) = (rest for name, rest in instructions(file) if name == "COPY" and "services/" in rest)
    *sources, target = copied.split()

    assert target == "/image/etc/torchserve/certificates/", "beside serve.py"
    assert all(Path(source).parent == Path("services/certificates") for source in sources)
    assert "." not in file.read_text().partition("pip install")[2].partition("\n\n")[0].split(), "not ours"
    graph = grimp.build_graph("certificates")
    modules = graph.find_upstream_modules("certificates.admission") | {"certificates.admission"}
    needed = {f"{module.rpartition('.')[2]}.py" for module in modules - {"certificates"}} | {"__init__.py"}
    assert needed == {Path(source).name for source in sources}


def test_model_server_passes_the_signal_to_stop_on() -> None:
    (entry,) = (rest for name, rest in instructions(ROOT / "deploy" / "torchserve.Dockerfile") if name == "ENTRYPOINT")

    assert json.loads(entry)[:3] == ["python", "/etc/torchserve/serve.py", "--start"]
    assert (ROOT / "deploy" / "torchserve" / "serve.py").exists()


def test_stage_image_is_the_model_server_and_one_archive_which_it_loads() -> None:
    lines = instructions(STAGE)

    assert [rest for name, rest in lines if name == "FROM"] == ["${TORCHSERVE}"]
    (run,) = (rest for name, rest in lines if name == "RUN")
    assert "install -D --mode=444 /mnt/${STAGE}.mar /srv/archives/${STAGE}.mar " in run
    assert "touch --date=@${SOURCE_DATE_EPOCH} /etc /srv /srv/archives /srv/archives/${STAGE}.mar" in run
    assert ("ENV", "TS_LOAD_MODELS=${STAGE}.mar") in lines
    assert not any(name in ("COPY", "ENTRYPOINT", "CMD") for name, _ in lines)


def test_gateway_finds_what_the_training_films_were_like() -> None:
    told = dict.fromkeys(instructions(ROOT / "deploy" / "gateway.Dockerfile"))

    assert ("COPY", "model_store/reference.json /image/srv/reference.json") in told
    assert any(name == "ENV" and "CXR_REFERENCE=/srv/reference.json" in rest for name, rest in told)
    assert ("COPY", "model_store/bone-age/reference.json /image/srv/references/bone-age.json") in told
    assert ("ENV", 'CXR_PROBLEM_REFERENCES="bone-age=/srv/references/bone-age.json"') in told
