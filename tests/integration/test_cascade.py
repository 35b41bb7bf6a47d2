"""The real cascade on real films: three TorchServes, real archives, Valkey, the gateway."""

import csv
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from pydicom import Dataset, dcmread

from tests.integration.conftest import PATH, SAMPLES

STORE = Path(__file__).parents[2] / "model_store"
LOGS = ("gateway", "discriminator", "segmenter", "classifier")


def wait_for(text: str, log: Path, timeout_s: float = 10) -> bool:
    """Whether the text comes to stand in a log, which supervisor writes a moment after the process did."""
    end = time.monotonic() + timeout_s
    while text not in log.read_text():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", ["normal.png", "pneumonia.jpg", "film.dcm"])
def test_a_frontal_film_is_assessed(gateway, name):
    body = gateway.assess(SAMPLES / name).json()

    assert body["outcome"] == "assessed", body["refusal"]
    assert sum(body["classes"].values()) == pytest.approx(1, abs=1e-4)
    assert body["predicted_class"] == max(body["classes"], key=body["classes"].get)
    assert 0.1 < body["lungs"]["area_fraction"] < 0.7


def test_the_pneumonia_is_seen_and_the_normal_film_is_not_called_one(gateway):
    pneumonia = gateway.assess(SAMPLES / "pneumonia.jpg").json()["classes"]
    normal = gateway.assess(SAMPLES / "normal.png").json()["classes"]

    assert pneumonia["no_pathology"] < 0.5
    assert normal["interstitial_pneumonia"] < 0.5
    assert pneumonia["interstitial_pneumonia"] > normal["interstitial_pneumonia"]


def test_the_answer_tells_the_operating_points_of_the_configuration(gateway):
    config = yaml.safe_load((STORE / "classifier/model-config.yaml").read_text())["stage"]

    assert gateway.assess(SAMPLES / "normal.png").json()["operating_points"] == config["operating_points"]


def test_a_cat_is_more_novel_than_a_chest_film(gateway):
    cat, film = (gateway.assess(SAMPLES / name).json()["discriminator"] for name in ("cat.jpg", "normal.png"))

    assert cat["nearness"] < film["nearness"] - 1


def test_a_refused_film_can_be_assessed_anyway_and_its_report_says_so(gateway):
    film = dcmread(SAMPLES / "film.dcm")
    film.PixelData = (film.pixel_array.max() - film.pixel_array).astype(film.pixel_array.dtype).tobytes()
    file = BytesIO()
    film.save_as(file)
    headers = {"Content-Type": "application/dicom"}

    refused = gateway.post(PATH, content=file.getvalue(), headers=headers).json()
    body = gateway.post(PATH, content=file.getvalue(), headers=headers, params={"despite_refusal": "true"}).json()
    report = dcmread(BytesIO(gateway.get(f"{PATH}/{body['id']}/sr.dcm").content))

    assert (refused["outcome"], refused["refusal"]["reason"]) == ("refused", "inverted")
    assert (body["outcome"], body["refusal"]) == ("assessed", refused["refusal"]), body
    assert sum(body["classes"].values()) == pytest.approx(1, abs=1e-4)
    assert "refusal_overridden" in [each["code"] for each in body["cautions"]]
    assert body["cautions"][0]["detail"] in report.to_json()


@pytest.mark.parametrize("name", ["rotated.png", "inverted.png"])
def test_a_film_that_may_be_corrected_gets_the_answer_of_the_right_one(gateway, name):
    headers = {"Content-Type": "image/png"}
    right = gateway.assess(SAMPLES / "normal.png").json()

    body = gateway.post(PATH, content=(SAMPLES / name).read_bytes(), headers=headers, params={"correct": "true"}).json()

    assert body["outcome"] == "assessed"
    assert body["classes"] == pytest.approx(right["classes"], abs=1e-3)
    assert body["correction"]["inverted"] == (name == "inverted.png")
    assert bool(body["correction"]["rotated"]) == (name == "rotated.png")
    shown = gateway.get(f"{PATH}/{body['id']}/radiograph.png").content
    assert shown == gateway.get(f"{PATH}/{right['id']}/radiograph.png").content


def test_the_feed_tells_of_a_film_while_it_is_waited_for(gateway):
    cursor = "0-0"
    while (page := gateway.get(PATH, params={"after": cursor, "limit": 1000}).json())["assessments"]:
        cursor = page["next"]

    with ThreadPoolExecutor() as pool:
        poll = pool.submit(gateway.get, PATH, params={"after": cursor, "wait_s": 20})
        body = gateway.assess(SAMPLES / "normal.png").json()
        (entry,) = poll.result().json()["assessments"]

    said = {name: body[name] for name in ("id", "created", "outcome")}
    assert entry == said | {"source": "api", "lane": "routine", "asked": "chest"}


def test_the_header_of_a_dicom_film_is_told_as_dicom_json(gateway):
    body = gateway.assess(SAMPLES / "film.dcm").json()

    told = Dataset.from_json(gateway.get(f"{PATH}/{body['id']}/header").text)

    assert (told.PatientName, told.PatientID) == ("Test^Patient", "TEST-0001")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("cat.jpg", "not_a_chest_radiograph"), ("rotated.png", "rotated"), ("inverted.png", "inverted")],
)
def test_what_is_no_upright_frontal_film_is_refused_by_name(gateway, name, reason):
    body = gateway.assess(SAMPLES / name).json()

    assert (body["outcome"], body["refusal"]["reason"], body["classes"]) == ("refused", reason, None)


def test_a_lateral_view_is_refused_by_name(gateway, full_data):
    with (full_data / "index.csv").open() as file:
        laterals = [row["image"] for row in csv.DictReader(file) if row["view"] == "L" and row["split"] == "test"]

    reasons = [(gateway.assess(full_data / image).json()["refusal"] or {}).get("reason") for image in laterals]

    assert reasons.count("lateral_view") >= 0.8 * len(laterals), reasons


def test_a_dicom_film_and_its_png_export_get_the_same_classes(gateway):
    dicom = gateway.assess(SAMPLES / "film.dcm").json()
    export = gateway.get(f"{PATH}/{dicom['id']}/radiograph.png").content
    headers = {"Content-Type": "image/png", "Cache-Control": "no-cache"}

    png = gateway.post(PATH, content=export, headers=headers).json()

    assert png["cached"] is False
    assert png["classes"] == pytest.approx(dicom["classes"], abs=0.01)


def test_16_bit_and_colour_copies_of_a_film_get_the_same_classes(gateway):
    film = np.asarray(Image.open(SAMPLES / "normal.png").convert("L"))
    low, high = int(film.min()), int(film.max())
    plain = gateway.assess(SAMPLES / "normal.png").json()["classes"]
    copies = {
        "16 bit": Image.fromarray(((film.astype(np.uint16) - low) * (65535 // (high - low))).astype(np.uint16)),
        "RGB": Image.fromarray(film).convert("RGB"),
        "palette": Image.fromarray(film).convert("P"),
    }

    for name, copy in copies.items():
        file = BytesIO()
        copy.save(file, "PNG")
        response = gateway.post(PATH, content=file.getvalue(), headers={"Content-Type": "image/png"})
        assert response.json()["classes"] == pytest.approx(plain, abs=0.02), name


def test_the_pictures_of_an_assessment_lie_over_each_other(gateway):
    body = gateway.assess(SAMPLES / "pneumonia.jpg").json()
    names = ("radiograph.png", "lungs.png", "heatmap.png", "heatmap.png?class=no_pathology&overlay=true")

    pictures = [Image.open(BytesIO(gateway.get(f"{PATH}/{body['id']}/{name}").content)) for name in names]

    assert len({picture.size for picture in pictures}) == 1
    assert [picture.mode for picture in pictures] == ["L", "1", "L", "RGB"]
    lungs, box = np.asarray(pictures[1]), body["lungs"]["bounding_box"]
    assert lungs.mean() == pytest.approx(body["lungs"]["area_fraction"], abs=0.01)
    inside = lungs[box["row"] : box["row"] + box["rows"], box["column"] : box["column"] + box["columns"]]
    assert inside.sum() >= 0.99 * lungs.sum()
    heat = np.asarray(pictures[2], np.float64)
    assert (heat * lungs).sum() / heat.sum() == pytest.approx(body["heatmap"]["in_lungs"], abs=0.05)


def test_the_request_id_reaches_every_stages_log(gateway, stack):
    gateway.assess(SAMPLES / "normal.png", **{"X-Request-ID": "trace-me-7", "Cache-Control": "no-cache"})

    for name in LOGS:
        assert wait_for("trace-me-7", stack.places.log(name)), name


def test_no_log_names_the_patient(gateway, stack):
    patient = "Test^Patient"
    assert patient.encode() in (SAMPLES / "film.dcm").read_bytes()
    gateway.assess(SAMPLES / "film.dcm", **{"X-Request-ID": "patient-8", "Cache-Control": "no-cache"})

    for name in LOGS:
        assert wait_for("patient-8", stack.places.log(name)), name
        assert patient not in stack.places.log(name).read_text(), name


def test_served_models_do_on_test_films_what_their_cards_say(gateway, full_data):
    with (full_data / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    frontal = [row for row in rows if row["kind"] == "cxr" and row["three_class"] and row["view"] != "L"][::20]
    other = [row for row in rows if row["dataset"] == "ood" and row["kind"] != "other-radiograph"][::10]

    passed = [gateway.assess(full_data / row["image"]).json()["outcome"] == "assessed" for row in frontal]
    caught = [gateway.assess(full_data / row["image"]).json().get("outcome") != "assessed" for row in other]

    assert len(passed) > 40
    assert len(caught) > 40
    assert np.mean(passed) >= 0.93
    assert np.mean(caught) >= 0.90
