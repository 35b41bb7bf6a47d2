"""A number's lesson is tried, serves and is taken back in its problem's own file of releases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates.certificate import Archive, Release
from certificates.signatures import make_keys
from certificates.signing import write
from client.places import releases_file
from gateway.fleet.releases import Plan
from learning.__main__ import main
from learning.promote import serving_store
from learning.taught import RECIPE
from tests.unit.certificates.test_certificates import certificate

TAUGHT = "b" * 64


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One, with its certificate."""
    monkeypatch.delenv("CXR_AUDIT_FOLDER", raising=False)
    (folder := tmp_path / "lessons" / "1").mkdir(parents=True)
    recipe = {"lesson": 1, "problem": "bone-age", "method": "correction", "parent": {"version": "1.1.0"}}
    (folder / RECIPE).write_text(json.dumps(recipe))
    make_keys(folder.parent)
    before, after = (Release(archives={"bone-age": Archive(version="1", digest=each)}) for each in ("a" * 64, TAUGHT))
    now = datetime.now(UTC)
    told = certificate(parent=before, candidate=after, issued=now, expires=now + timedelta(days=90))
    write(told, folder / "certificate.json", folder.parent / "signing.key")
    return folder.parent


def test_a_number_s_lesson_is_tried_serves_and_is_taken_back(tmp_path: Path, lessons: Path) -> None:
    file, shipped = releases_file(tmp_path, "bone-age"), tmp_path / "shipped"
    own = {name: {"bone-age": f"127.0.0.1:{port}"} for name, port in (("stable", 7100), ("lesson1", 7101))}
    Plan.model_validate({"serve": "stable", "releases": own}).write(file)
    words = ["--lessons", str(lessons), "--releases", str(file), "--reason", "agreed"]

    assert main(["promote", "1", "--canary", "0.5", *words]) == 0
    assert Plan.read(file).used == {"lesson1": "canary", "stable": "serve"}
    assert Plan.read(file).releases["lesson1"]["bone-age"].digest == TAUGHT
    assert serving_store(file, lessons, shipped) == shipped
    assert Plan.read(file).references is None
    (reference := lessons / "1" / "model_store" / "bone-age" / "reference.json").parent.mkdir(parents=True)
    reference.write_text("{}")
    assert main(["promote", "1", "--serve", *words]) == 0
    assert Plan.read(file).used == {"lesson1": "serve"}
    assert Plan.read(file).references == {"lesson1": str(reference)}
    assert serving_store(file, lessons, shipped) == lessons / "1" / "model_store"
    assert main(["undo", "--problem", "bone-age", *words]) == 0
    assert Plan.read(file).used == {"stable": "serve"}


def test_a_number_s_lesson_is_no_release_of_the_chest(
    tmp_path: Path, lessons: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = dict.fromkeys(("discriminator", "segmenter", "classifier"), "127.0.0.1:7070")
    plan = Plan.model_validate({"serve": "stable", "releases": {"stable": at, "lesson1": at}})
    plan.write(file := releases_file(tmp_path))
    words = ["--lessons", str(lessons), "--releases", str(file), "--reason", "agreed"]
    assert main(["promote", "1", "--serve", *words]) == 1
    assert "the certificate is of bone-age; releases here are of the chest" in capsys.readouterr().err
    assert Plan.read(file) == plan
