import argparse
import csv
import hashlib
import json
import shutil
import stat
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from auditing.keys import KeyLostError
from erasure.sealed.vault import Vault
from review.errors import InvalidError, WriteError
from review.export import exported
from review.export.answers import ANSWER
from review.export.command import add_arguments, run
from review.export.folder import export
from review.export.pseudonyms import KEY, Pseudonyms
from review.export.rows import MORE
from review.export.said import Choice
from review.export.whole import whole
from review.people import Audit
from tests.unit.review.site import START
from training.chests import classified
from training.films import read_films
from vocabulary.conditions import CLASSES

SECRETS = (
    "Müller",
    "Erika",
    "MRN-4711",
    "1.2.840.99",
    "ACC-1",
    "1950-05-05",
    "2026-03-02",
    "Dr Ada",
    "ada@ward",
    "STATION7",
)


@pytest.fixture
def reader(site):
    return site.reader("ada@ward", "Dr Ada")


@pytest.fixture
def pictures(tmp_path):
    (folder := tmp_path / "review" / "pictures").mkdir(parents=True)
    return folder


def draw(pictures, film, value=0):
    """The film's picture, with metadata in it as another program may have written it."""
    pixels = np.random.default_rng(int(film["id"][1:]) + value).integers(0, 256, (film["rows"], film["columns"]))
    _, data = cv2.imencode(".png", pixels.astype(np.uint8))
    text = b"Comment\0Erika"
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text
    chunk += struct.pack(">I", zlib.crc32(chunk[4:]))
    (pictures / film["id"]).mkdir()
    (pictures / film["id"] / "radiograph.png").write_bytes(data.tobytes()[:33] + chunk + data.tobytes()[33:])
    return pixels.astype(np.uint8)


def said(site, pictures, reader, label, film=None, **opinion):
    """A film with its picture and an opinion."""
    row = site.film(**(film or {}))
    draw(pictures, row)
    site.opinion(row, reader, label, **opinion)
    return row


def exported_to(site, pictures, out, **choice):
    with site.session() as session:
        summary = export(session, pictures, out, Choice(**choice))
    with (out / "index.csv").open(newline="", encoding="utf-8") as file:
        return summary, list(csv.DictReader(file))


def test_training_reads_it_and_its_classes_are_the_labels(site, pictures, reader, tmp_path):
    drawn, labels = {}, {}
    for number in range(30):
        label = [*CLASSES, "not_a_chest_film"][number % 4]
        film = site.film(patient_id=f"P{number}", rows=40 + number)
        drawn[film["rows"]], labels[film["rows"]] = draw(pictures, film), label
        site.opinion(film, reader, label)
    site.keep()

    exported_to(site, pictures, tmp_path / "out")
    films = read_films([tmp_path / "out" / "index.csv"], tmp_path / "cache")

    assert len(films.rows) == 30
    for row in range(30):
        pixels, label = films.pixels[row], labels[films.pixels[row].shape[0]]
        assert np.array_equal(pixels, drawn[pixels.shape[0]])
        assert films.rows["three_class"][row] == (label if label in CLASSES else "")
        assert (films.rows["kind"][row] == "cxr") == (label in CLASSES)
    learned = classified(films, ("train", "val", "test"))
    assert sorted(films.rows["three_class"][learned]) == sorted(each for each in labels.values() if each in CLASSES)


def test_patient_is_always_in_the_same_split_and_only_there(site, pictures, reader, tmp_path):
    for number in range(40):
        said(site, pictures, reader, "no_pathology", {"patient_id": f"P{number % 12}"})
    site.keep()

    _, first = exported_to(site, pictures, tmp_path / "one")
    _, second = exported_to(site, pictures, tmp_path / "two")

    assert first == second
    by_patient = {row["patient_id"]: set() for row in first}
    for row in first:
        by_patient[row["patient_id"]].add(row["split"])
    assert len(by_patient) == 12 and all(len(each) == 1 for each in by_patient.values())


def everything(folder):
    return b"".join(
        str(path.relative_to(folder)).encode() + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def test_nothing_says_who_the_patient_or_the_reader_is(site, pictures, reader, tmp_path):
    film = {
        "patient_name": "Müller, Erika", "patient_id": "MRN-4711", "birth_date": "1950-05-05",
        "sop_instance_uid": "1.2.840.99.1", "study_instance_uid": "1.2.840.99", "accession_number": "ACC-1",
        "scanner": "Maker One STATION7", "view_position": "Erika", "study_date": "2026-03-02",
    }  # fmt: skip
    box = {"kind": "box", "points": [[1, 1], [9, 9]], "finding": "Erika"}
    said(site, pictures, reader, "no_pathology", film, comment="Erika called", findings=["Erika"], shapes=[box])
    site.keep()

    exported_to(site, pictures, tmp_path / "out")
    told = everything(tmp_path / "out").decode("latin-1") + everything(tmp_path / "out").decode("utf-8", "replace")

    assert [each for each in (*SECRETS, site.films[0]["id"], reader, site.films[0]["digest"]) if each in told] == []
    assert "2026-03" in told


def test_pictures_hold_pixels_and_no_more(site, pictures, reader, tmp_path):
    said(site, pictures, reader, "no_pathology")
    site.keep()

    _, (row,) = exported_to(site, pictures, tmp_path / "out")
    data, chunks, at = (tmp_path / "out" / row["image"]).read_bytes(), [], 8
    while at < len(data):
        (length,), name = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        chunks.append(name)
        at += 12 + length

    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}
    assert data[24:26] == b"\x08\x00"  # 8 bit, gray (PNG 11.2.2)


def test_tables_alone_hold_the_same_opinions_and_no_film(site, pictures, reader, tmp_path):
    said(site, pictures, reader, "no_pathology")
    site.opinion(site.film(), reader, "other_pathology")  # its picture is missing
    site.keep()

    with site.session() as session:
        summary = export(session, pictures, tmp_path / "out", Choice(pictures=False))
    with (tmp_path / "out" / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert [row["three_class"] for row in rows] == ["no pathology", "other pathology"]
    assert summary.opinions == 2
    assert not list((tmp_path / "out").rglob("*.png"))


def test_more_columns_tell_how_the_label_came_to_be(site, pictures, reader, tmp_path):
    shown = {"answer": True, "heat": "no_pathology", "lungs": True}
    said(site, pictures, reader, "no_pathology", blind=True, sureness="sure", seconds=12.34)
    said(site, pictures, reader, "no_pathology", shown=shown, sureness="unsure", arbitration=True)
    said(site, pictures, reader, "no_pathology", shown={"answer": True})
    said(site, pictures, reader, "other_pathology", shown={"answer": False})
    site.keep()

    _, rows = exported_to(site, pictures, tmp_path / "out")

    assert [row["influence"] for row in rows] == ["blind", "saw_ai_and_heat_and_lungs", "saw_ai", "not_shown"]
    assert [row["blind"] for row in rows] == ["true", "false", "false", "false"]
    assert (rows[0]["seconds"], rows[0]["sureness"], rows[0]["given"]) == ("12.3", "sure", "2026-03")
    assert [row["arbitration"] for row in rows] == ["false", "true", "false", "false"]
    assert {row["classifier"] for row in rows} == {"1.1.0"} and len({row["reader"] for row in rows}) == 1
    assert [float(row["weight"]) for row in rows] == [1.0, 1.0, 0.525, 0.75]


def opinions_in(out):
    with (out / "opinions.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_readers_who_disagree_give_a_film_without_a_class_unless_a_chief_has_decided(site, pictures, reader, tmp_path):
    other, chief = site.reader("bob"), site.reader("eve", role="chief")
    disputed = said(site, pictures, reader, "no_pathology", findings=["Effusion"])
    site.opinion(disputed, other, "other_pathology")
    decided = said(site, pictures, reader, "no_pathology")
    site.opinion(decided, other, "other_pathology")
    site.opinion(decided, chief, "other_pathology", arbitration=True)
    alike = said(site, pictures, reader, "no_pathology", sureness="unsure")
    site.opinion(alike, other, "no_pathology", sureness="unsure")
    site.keep()

    summary, rows = exported_to(site, pictures, tmp_path / "out")

    assert [(row["three_class"], row["weight"]) for row in rows] == [
        ("", ""), ("other pathology", "1"), ("no pathology", "1")
    ]  # fmt: skip
    assert (rows[0]["kind"], rows[0]["view"]) == ("cxr", "PA") and (tmp_path / "out" / rows[0]["image"]).is_file()
    assert {rows[0][name] for name in ("label_raw", *MORE)} == {""}
    assert (summary.disputed, summary.left_out) == (1, {}) and "1 disputed films without a label" in str(summary)
    assert [row["label"] for row in opinions_in(tmp_path / "out")] == [
        *("no_pathology", "other_pathology"), *("no_pathology", "other_pathology", "other_pathology"),
        *("no_pathology", "no_pathology"),
    ]  # fmt: skip
    films = read_films([tmp_path / "out" / "index.csv"], tmp_path / "cache")
    assert len(films.rows) == 3 and len(classified(films, ("train", "val", "test"))) == 2


def test_settled_only_leaves_films_out_on_which_the_chosen_readers_disagree(site, pictures, reader, tmp_path):
    other, chief = site.reader("bob"), site.reader("eve", role="chief")
    open_, decided = (said(site, pictures, reader, "no_pathology", blind=True) for _ in range(2))
    for film in (open_, decided):
        site.opinion(film, other, "other_pathology", blind=True)
    site.opinion(decided, chief, "other_pathology", arbitration=True)
    decided.update(state="settled", label="other_pathology")
    site.keep()

    assert len(exported_to(site, pictures, tmp_path / "all", blind_only=True)[1]) == 2
    settled, _ = exported_to(site, pictures, tmp_path / "settled", settled_only=True, blind_only=True)
    assert settled.left_out == {"readers disagree": 1, "not settled": 1} and settled.disputed == 0


def test_a_film_that_may_be_no_chest_film_teaches_nothing_about_what_one_is(site, pictures, reader, tmp_path):
    film = said(site, pictures, reader, "not_a_chest_film")
    site.opinion(film, site.reader("bob"), "no_pathology")
    site.keep()

    summary, rows = exported_to(site, pictures, tmp_path / "out")

    assert rows == [] and summary.left_out == {"readers disagree whether it is a chest film": 1}


def test_opinions_tell_what_the_models_answered_shown_or_not(site, pictures, reader, tmp_path):
    said(site, pictures, reader, "no_pathology", {"probabilities": (0.61236, 0.3, 0.08764)}, blind=True)
    said(site, pictures, reader, "no_pathology", {"probabilities": None, "refusal": "rotated"}, refusal="wrong")
    bodies = [{"classes": {"other_pathology": 0.5, "no_pathology": None}}, {"classes": [1]}, {"classes": "none"},
              {"classes": {"=cyst": 0.9}, "models": "1.1.0"}, {"classes": {}}]  # fmt: skip
    for body in bodies:
        said(site, pictures, reader, "no_pathology", {"body": body})
    site.keep()

    exported_to(site, pictures, tmp_path / "out")

    assert [tuple(row[name] for name in ANSWER) for row in opinions_in(tmp_path / "out")] == [
        ("interstitial_pneumonia", "0.6124", "0.3000", "0.0876"),
        ("", "", "", ""),
        ("other_pathology", "", "0.5000", ""),
        ("", "", "", ""),
        ("", "", "", ""),
        ("'=cyst", "", "", ""),
        ("", "", "", ""),
    ]


def test_sex_and_the_decade_of_the_age_are_told_and_nothing_finer(site, pictures, reader, tmp_path):
    def age(value):
        return {"header": {"00101010": {"vr": "AS", "Value": [value]}}}

    for film in (
        {"sex": "F", "birth_date": "1960-03-03", "study_date": "2026-03-02"},  # 65 until the next day
        {"sex": "M", "birth_date": "1931-01-01", "study_date": "2026-03-02"},
        {"sex": "O", "birth_date": "", "study_date": "2026-03-02"},
        {"birth_date": "1950-05-05", **age("070Y")},  # the header's own word comes first
        age("018M"),
        age("103Y"),
        age("999Y"),
        age("old"),
        {"header": {"00101010": {"vr": "AS"}}},
    ):
        said(site, pictures, reader, "no_pathology", film)
    site.keep()

    _, rows = exported_to(site, pictures, tmp_path / "out")

    assert [(row["sex"], row["age"]) for row in rows] == [
        ("F", "65"), ("M", "95"), ("", ""), ("", "75"), ("", "5"), ("", "95"), ("", ""), ("", ""), ("", "")
    ]  # fmt: skip


def test_choices_choose(site, pictures, reader, tmp_path):
    other = site.reader("bob")
    changed = said(site, pictures, reader, "other_pathology", blind=True, sureness="sure")
    site.opinion(changed, reader, "no_pathology", sureness="probable")
    settled = {"state": "settled", "label": "interstitial_pneumonia"}
    said(site, pictures, other, "interstitial_pneumonia", settled, sureness="unsure")
    said(site, pictures, other, "interstitial_pneumonia", at=START.replace(month=2))
    undone = said(site, pictures, reader, "no_pathology", blind=True)
    site.opinion(undone, reader, "no_pathology", blind=True, withdrawn=True, undoes=len(site.opinions))
    site.keep()

    def labels(name, **choice):
        return [row["three_class"] for row in exported_to(site, pictures, tmp_path / name, **choice)[1]]

    ip, other_pathology, no_pathology = "interstitial pneumonia", "other pathology", "no pathology"
    assert labels("all") == [no_pathology, ip, ip]
    assert labels("blind", blind_only=True) == [other_pathology]
    assert labels("settled", settled_only=True) == [ip]
    assert labels("reader", reader="ada@ward") == [no_pathology]
    assert labels("sure", min_sureness="probable") == [no_pathology]
    assert labels("since", since=START.date()) == [no_pathology, ip]
    with pytest.raises(InvalidError, match="nobody"):
        exported_to(site, pictures, tmp_path / "none", reader="nobody")


def test_lungs_that_a_reader_corrected_become_a_mask(site, pictures, reader, tmp_path):
    left = {"kind": "lung", "points": [[2, 5], [10, 5], [10, 30], [2, 30]]}
    right = {"kind": "lung", "points": [[18, 5], [26, 5], [26, 30], [18, 30]]}
    said(site, pictures, reader, "no_pathology", shapes=[left, right])
    site.keep()

    summary, (row,) = exported_to(site, pictures, tmp_path / "out")
    mask = cv2.imread(str(tmp_path / "out" / row["mask"]), cv2.IMREAD_UNCHANGED)

    expected = np.zeros((40, 30), np.uint8)
    expected[5:31, 2:11] = expected[5:31, 18:27] = 255
    assert np.array_equal(mask, expected) and summary.masks == 1
    assert row["mask_convention"] == "lungs with the region behind the heart"
    films = read_films([tmp_path / "out" / "index.csv"], tmp_path / "cache")
    assert np.array_equal(films.masks[0], expected)


def test_smaller_pictures_have_smaller_masks_and_drawings(site, pictures, reader, tmp_path):
    lung = {"kind": "lung", "points": [[0, 0], [29, 0], [29, 39], [0, 39]]}
    box = {"kind": "box", "points": [[10, 20], [20, 30]], "finding": "Effusion"}
    said(site, pictures, reader, "other_pathology", shapes=[lung, box])
    site.keep()

    _, (row,) = exported_to(site, pictures, tmp_path / "out", longest=20)

    assert cv2.imread(str(tmp_path / "out" / row["image"]), cv2.IMREAD_UNCHANGED).shape == (20, 15)
    assert (cv2.imread(str(tmp_path / "out" / row["mask"]), cv2.IMREAD_UNCHANGED) == 255).all()
    assert (row["original_width"], row["original_height"]) == ("30", "40")
    (drawing,) = json.loads((tmp_path / "out" / "shapes.json").read_text())[row["image"]]
    assert (drawing["points"], drawing["finding"]) == ([[5, 10], [10, 15]], "Effusion")
    assert drawing["reader"] == row["reader"]


def test_refused_films_are_what_readers_say_they_are(site, pictures, reader, tmp_path):
    for refusal, label, verdict in (
        ("rotated", "no_pathology", "right"),
        ("rotated", "no_pathology", "wrong"),
        ("lateral_view", "no_pathology", "right"),
        ("inverted", "no_pathology", "right"),
        ("rotated", "no_pathology", None),
        ("not_a_chest_radiograph", None, "right"),
        ("not_a_chest_radiograph", "other_pathology", "wrong"),
        ("lungs_not_found", None, "right"),
    ):
        said(site, pictures, reader, label, {"probabilities": None, "refusal": refusal}, refusal=verdict)
    site.keep()

    summary, rows = exported_to(site, pictures, tmp_path / "out")

    assert [(row["kind"], row["view"], row["three_class"]) for row in rows] == [
        ("cxr-rotated", "PA", "no pathology"),
        ("cxr", "PA", "no pathology"),
        ("cxr", "L", "no pathology"),
        ("not-a-chest-film", "", ""),
        ("cxr", "PA", "other pathology"),
    ]
    assert sum(summary.left_out.values()) == 3 and summary.left_out["no label"] == 1
    assert any("inverted" in why for why in summary.left_out) and any(
        "no reader says" in why for why in summary.left_out
    )


def test_burned_in_text_is_left_out_unless_asked_for_and_spoken_of_in_any_case(site, pictures, reader, tmp_path):
    for value in (["YES"], ["NO"], None):
        header = {"00280301": {"vr": "CS", "Value": value}} if value else {}
        said(site, pictures, reader, "no_pathology", {"header": header})
    site.keep()

    summary, rows = exported_to(site, pictures, tmp_path / "out")
    _, all_rows = exported_to(site, pictures, tmp_path / "all", burned_in=True)

    assert (len(rows), len(all_rows), summary.unstated) == (2, 3, 1)
    assert "--burned-in" in str(summary) and "Text burned into the pixels can be" in str(summary)
    assert (tmp_path / "out" / "about.txt").read_text() == f"{summary}\n"


def test_missing_and_damaged_pictures_are_left_out_and_said(site, pictures, reader, tmp_path):
    missing, damaged, other = (said(site, pictures, reader, "no_pathology") for _ in range(3))
    site.keep()
    shutil.rmtree(pictures / missing["id"])
    (pictures / damaged["id"] / "radiograph.png").write_bytes(b"no picture")
    shutil.copy(pictures / other["id"] / "radiograph.png", pictures / other["id"] / "kept.png")

    summary, rows = exported_to(site, pictures, tmp_path / "out")

    assert len(rows) == 1
    assert summary.left_out == {"its picture is missing": 1, "its picture is damaged": 1}


def test_comments_come_only_when_asked_for_and_are_no_formulas(site, pictures, reader, tmp_path, capsys):
    said(site, pictures, reader, "no_pathology", comment="=HYPERLINK(1)")
    site.keep()

    summary, _ = exported_to(site, pictures, tmp_path / "out", comments=True)

    with (tmp_path / "out" / "opinions.csv").open() as file:
        assert [row["comment"] for row in csv.DictReader(file)] == ["'=HYPERLINK(1)"]
    assert "can name patients" in str(summary)


def test_command_says_what_it_did_and_the_audit_knows(site, pictures, reader, tmp_path, capsys):
    said(site, pictures, reader, "no_pathology")
    site.keep()
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with site.session() as session:
        given = parser.parse_args(["--out", str(tmp_path / "out"), "--comments"])
        told = run(session, pictures, given, Vault())
        assert [row.action for row in session.query(Audit)] == ["export"]

    assert str(told).startswith("1 films with labels: 1 no_pathology")
    assert "can name patients" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parser.parse_args(["--out", "x", "--longest", "0"])


def test_folder_that_is_there_is_left_as_it_is(site, pictures, reader, tmp_path):
    (tmp_path / "out").mkdir()

    with pytest.raises(InvalidError, match="is there already"):
        exported_to(site, pictures, tmp_path / "out")
    with pytest.raises(InvalidError, match="no such folder"):
        exported_to(site, pictures, tmp_path / "nowhere" / "out")

    assert list((tmp_path / "out").iterdir()) == []


def test_full_disk_leaves_nothing_behind(tmp_path):
    def fill():
        with whole(tmp_path / "out") as folder:
            exported.write(folder / "film.png", np.zeros((9, 9), np.uint8))
            exported.write(Path("/dev/full"), np.zeros((9, 9), np.uint8))  # the kernel's own "No space left on device"

    with pytest.raises(WriteError, match="the disk is full; nothing was written"):
        fill()

    assert list(tmp_path.iterdir()) == []


def test_interrupted_export_leaves_nothing_behind(tmp_path):
    def interrupt():
        with whole(tmp_path / "out") as folder:
            (folder / "index.csv").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()

    assert list(tmp_path.iterdir()) == []


def test_export_can_be_read_by_us_alone(site, pictures, reader, tmp_path):
    said(site, pictures, reader, "no_pathology")
    site.keep()

    exported_to(site, pictures, tmp_path / "out")

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert stat.S_IMODE((pictures.parent / KEY).stat().st_mode) == 0o600
    assert not (tmp_path / "out" / KEY).exists()


def test_pseudonyms_need_the_key(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = Pseudonyms.kept(tmp_path), Pseudonyms.kept(tmp_path / "other")

    assert one.of("patient", "P1") == Pseudonyms.kept(tmp_path).of("patient", "P1") != other.of("patient", "P1")
    assert one.of("patient", "P1") != one.of("film", "P1")
    assert hashlib.sha256(b"P1").hexdigest()[:16] != one.of("patient", "P1")
    (tmp_path / KEY).write_text("short")
    with pytest.raises(KeyLostError, match="not a key"):
        Pseudonyms.kept(tmp_path)


def test_outline_without_an_area_is_no_mask():
    class Line:
        number = 1
        shapes = ({"kind": "lung", "points": [[1, 1], [5, 5]]},)

    assert exported.lungs([Line()], (10, 10), 1.0) is None
