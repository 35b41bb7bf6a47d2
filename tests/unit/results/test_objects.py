"""Reports, lungs and overlays as DICOM objects."""

from io import BytesIO

import highdicom as hd
import numpy as np
import pytest
from pydicom import DataElement, Dataset, dcmread, uid

from imaging.header import header
from results.errors import NotFoundError
from results.identity import Superseded
from results.notice import write_notice
from results.overlay import write_overlay
from results.pictures import heat_map
from results.seg import write_lungs
from results.sr import write_sr
from tests.unit.results.conftest import CLASSES, CREATED, SAMPLE, assessment, errors, failed, refused

WRITERS = {"sr": write_sr, "lungs": write_lungs, "overlay": write_overlay}


def bare(sop_class: str) -> Dataset:
    """A film with as little as a film can have."""
    film = Dataset()
    film.SOPClassUID = sop_class
    film.Rows, film.Columns = 400, 300
    return film


def hostile() -> Dataset:
    """A film with values that no standard allows, and some that only look so."""
    film = dcmread(SAMPLE)
    film.PatientName, film.PatientID = "X" * 5000, "Y" * 300
    film.StudyInstanceUID, film.SeriesInstanceUID = "not a uid", "1." * 60
    film.StudyDate, film.StudyTime, film.PatientBirthDate = "yesterday", "25:00", "2026-13-45"
    film.PatientSex, film.AccessionNumber, film.BodyPartExamined = "neither", "Z" * 99, "no code string"
    film.PatientOrientation, film.ViewPosition = ["L", "F", "X", "Y"], ["PA", "LL"]
    return film


def odd(**values: object) -> Dataset:
    """A film with values that the dictionary does not foresee."""
    film = dcmread(SAMPLE)
    for keyword, value in values.items():
        setattr(film, keyword, value)
    return film


def misrepresented() -> Dataset:
    """A film whose patient is a sequence, and whose study is a text."""
    film = dcmread(SAMPLE)
    film.add(DataElement("PatientID", "SQ", [Dataset()]))
    film.add(DataElement("StudyInstanceUID", "LO", "1.2.3.4"))
    film.add(DataElement("AccessionNumber", "UN", b"abc\0"))
    film.add(DataElement("StudyDescription", "UT", "y" * 200_000))
    return film


def named(name: str, *charsets: str) -> Dataset:
    film = dcmread(SAMPLE)
    film.SpecificCharacterSet, film.PatientName = list(charsets), name
    return film


FILMS = {
    "DX": lambda: dcmread(SAMPLE),
    "CR, bare": lambda: bare(uid.ComputedRadiographyImageStorage),
    "SC, bare": lambda: bare(uid.SecondaryCaptureImageStorage),
    "hostile": hostile,
    "other sexes": lambda: odd(PatientSex="X"),
    "several values": lambda: odd(
        PatientID=["a", "b"], StudyInstanceUID=["1.2.3", "1.2.4"], AccessionNumber=["a", "b"]
    ),
    "ranges": lambda: odd(StudyDate="20260101-20260202", StudyTime="12-13"),
    "control characters": lambda: odd(PatientID="4711\0", StudyDescription="a\nb", PatientName="a^b^c^d^e^f^g"),
    "impossible orientation": lambda: odd(PatientOrientation=["LR", "L"]),
    "misrepresented": misrepresented,
    "UTF-8": lambda: named("Müller^Zoë=山田^太郎", "ISO_IR 192"),
    "Japanese": lambda: named("Yamada^Tarou=山田^太郎", "", "ISO 2022 IR 87"),
}


@pytest.mark.filterwarnings("ignore:.*is unlikely to represent the intended person name:UserWarning")  # highdicom's
@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("kind", WRITERS)
def test_object_of_any_film_is_what_the_standard_wants(read, film, kind, tmp_path):
    assert errors(WRITERS[kind](read(film=FILMS[film]())), tmp_path) == []


@pytest.mark.parametrize("what", [refused, failed])
def test_report_without_an_answer_is_what_the_standard_wants(read, what, tmp_path):
    assert errors(write_sr(read(what())), tmp_path) == []


@pytest.mark.filterwarnings("ignore:.*is unlikely to represent the intended person name:UserWarning")  # highdicom's
@pytest.mark.parametrize("film", FILMS)
def test_notice_of_any_film_is_what_the_standard_wants(film, tmp_path):
    assert errors(write_notice(header(FILMS[film]()), "gateway-away", CREATED), tmp_path) == []


@pytest.mark.parametrize("kind", WRITERS)
def test_object_is_of_the_films_patient_and_study_and_in_a_series_of_its_own(read, kind):
    film, made = dcmread(SAMPLE), dcmread(BytesIO(WRITERS[kind](read())))

    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "AccessionNumber", "StudyDate"):
        assert made[keyword].value == film[keyword].value
    assert made.SeriesInstanceUID != film.SeriesInstanceUID
    assert (made.Manufacturer, made.SeriesDescription[:2]) == ("CXR Cascade", "AI")


@pytest.mark.parametrize("kind", WRITERS)
def test_same_film_and_models_give_the_same_object_and_others_another(read, kind):
    write = WRITERS[kind]
    first, second = write(read()), write(read())
    later = dcmread(BytesIO(write(read(assessment(created=CREATED.replace(year=2027))))))
    other = dcmread(BytesIO(write(read(key="b" * 64))))
    made = dcmread(BytesIO(first))

    assert first == second
    assert later.SOPInstanceUID == made.SOPInstanceUID
    assert other.SOPInstanceUID != made.SOPInstanceUID
    assert len({dcmread(BytesIO(each(read()))).SOPInstanceUID for each in WRITERS.values()}) == 3


def test_only_times_differ_between_two_writings_of_the_same_reading(read):
    now, later = (
        dcmread(BytesIO(write_lungs(read(assessment(created=CREATED.replace(year=year)))))) for year in (2026, 2027)
    )

    different = {element.keyword for element in now if element != later.get(element.tag)}

    assert different <= {"ContentDate", "InstanceCreationDate", "SeriesDate", "ContributingEquipmentSequence"}


def test_report_says_the_probability_of_each_class_and_finding(read):
    groups = hd.sr.srread(BytesIO(write_sr(read()))).content.get_image_measurement_groups()
    measured = [each for group in groups for each in group.get_measurements() if each.unit.value == "%"]

    said = {each.name.meaning.removeprefix("Probability by AI: "): each.value for each in measured}

    assert said == {
        "Interstitial pneumonia": 71,
        "Pathology other than interstitial pneumonia": 21,
        "No pathology known to the AI": 8,
        "Pneumonia": 62,
        "Pulmonary edema": 12,
    }


def test_report_holds_no_condition_as_a_finding_but_as_what_a_probability_is_of(read):
    report = hd.sr.srread(BytesIO(write_sr(read())))
    groups = report.content.get_image_measurement_groups()
    (classes,) = [group for group in groups if group.tracking_identifier == "Classes"]

    assert not any(group.finding_type for group in groups)
    first = classes.get_measurements()[0][0]
    (about,) = [item for item in first.ContentSequence if item.RelationshipType == "HAS CONCEPT MOD"]
    assert about.ConceptCodeSequence[0].CodeValue == "64667001"
    (most,) = classes.get_qualitative_evaluations()
    assert most.value.meaning == "Interstitial pneumonia"


def test_report_names_each_stage_and_its_version(read):
    groups = hd.sr.srread(BytesIO(write_sr(read()))).content.get_image_measurement_groups()
    text = "\n".join(group.to_json() for item in groups for group in item)

    for stage, version in {"discriminator": "1.1.0", "segmenter": "1.2.0", "classifier": "1.3.0"}.items():
        assert f"CXR Cascade {stage}" in text
        assert version in text


def test_report_refers_to_the_film_and_says_conflicts_cautions_display_and_what_it_is_not(read):
    report = dcmread(BytesIO(write_sr(read())))
    comments = [item.TextValue for item in report.ContentSequence if item.ValueType == "TEXT"]

    assert (
        report.CurrentRequestedProcedureEvidenceSequence[0]
        .ReferencedSeriesSequence[0]
        .ReferencedSOPSequence[0]
        .ReferencedSOPInstanceUID
        == dcmread(SAMPLE).SOPInstanceUID
    )
    for said in ("Not a medical device", "Conflict: Says lateral.", "Caution: Evaluated", "window 2048/3200"):
        assert any(said in comment for comment in comments), said
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")


@pytest.mark.parametrize("what", [refused, failed])
def test_report_without_an_answer_says_so_in_its_title_and_holds_no_class(read, what):
    report = dcmread(BytesIO(write_sr(read(what()))))
    text = report.to_json().lower()

    assert report.ConceptNameCodeSequence[0].CodeMeaning == "AI result not available"
    assert not any(name.replace("_", " ") in text for name in CLASSES)
    assert "probability by ai" not in text
    assert report.CompletionFlag == "PARTIAL"


def test_refused_report_says_why(read):
    assert "rotated" in dcmread(BytesIO(write_sr(read(refused())))).to_json()


def test_report_names_the_one_that_it_supersedes_unless_that_is_itself(read):
    before = dcmread(BytesIO(write_sr(read(key="b" * 64))))
    earlier = Superseded(before.SOPInstanceUID, before.SeriesInstanceUID)

    after = dcmread(BytesIO(write_sr(read(), earlier)))
    again = dcmread(BytesIO(write_sr(read(key="b" * 64), earlier)))

    (study,) = after.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    assert study.StudyInstanceUID == before.StudyInstanceUID
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == before.SOPInstanceUID
    assert "PredecessorDocumentsSequence" not in again


def test_notice_says_that_there_is_no_result_and_why():
    notice = dcmread(BytesIO(write_notice(header(dcmread(SAMPLE)), "gateway-away", CREATED)))

    assert notice.ConceptNameCodeSequence[0].CodeMeaning == "AI result not available"
    assert "gateway-away" in notice.to_json()


def test_lungs_lie_where_the_mask_is_in_the_stored_films_pixels(read):
    film = dcmread(SAMPLE)
    film.Rows, film.Columns = 768, 320  # half as high as wide, and the assessed pixels are square

    segmentation = hd.seg.segread(BytesIO(write_lungs(read(film=film))))

    right, left = segmentation.pixel_array.reshape(2, 768, 320)
    assert [each.SegmentLabel for each in segmentation.SegmentSequence] == ["Right lung", "Left lung"]
    rows, columns = np.nonzero(right)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(384, abs=6)
    assert columns.max() < 160 < np.nonzero(left)[1].min()


def test_lung_fields_are_an_object_of_their_own_in_a_series_of_their_own(read):
    lungs, fields = (dcmread(BytesIO(write_lungs(read(), name))) for name in ("lungs", "lung-fields"))

    assert lungs.SOPInstanceUID != fields.SOPInstanceUID
    assert lungs.SeriesInstanceUID != fields.SeriesInstanceUID
    assert (lungs.ContentLabel, fields.ContentLabel) == ("LUNGS", "LUNG_FIELDS")
    assert fields.pixel_array.sum() < lungs.pixel_array.sum()


@pytest.mark.parametrize(("orientation", "first"), [(["L", "F"], "right"), (["R", "F"], "left"), ("", "right")])
def test_sides_follow_the_patients_orientation(read, orientation, first):
    film = dcmread(SAMPLE)
    film.PatientOrientation = orientation
    segmentation = hd.seg.segread(BytesIO(write_lungs(read(film=film))))
    middles = {}
    for segment, mask in zip(segmentation.SegmentSequence, segmentation.pixel_array, strict=True):
        middles[segment.SegmentLabel] = np.nonzero(mask)[1].mean()

    assert (middles["Right lung"] < middles["Left lung"]) == (first == "right")


def test_lungs_are_one_segment_where_sides_cannot_be_told_apart(read):
    film = dcmread(SAMPLE)
    film.PatientOrientation = ["F", "L"]

    segmentation = hd.seg.segread(BytesIO(write_lungs(read(film=film))))

    assert [each.SegmentLabel for each in segmentation.SegmentSequence] == ["Lung"]


def test_reports_of_all_films_name_the_same_device(read):
    def devices(report: bytes) -> list[str]:
        items = dcmread(BytesIO(report)).ContentSequence
        return [each.UID for each in items if each.ConceptNameCodeSequence[0].CodeValue == "121012"]  # TID 1004

    first, other = devices(write_sr(read())), devices(write_sr(read(key="b" * 64)))

    assert first == other
    assert len(first) == 1


@pytest.mark.parametrize("what", [refused, failed])
def test_there_are_no_lungs_where_none_were_looked_for(read, what):
    with pytest.raises(NotFoundError):
        write_lungs(read(what()))


def test_heat_lies_at_the_same_place_of_the_overlay_as_of_the_film(read):
    reading = read()
    heat = heat_map(reading.result, reading.film.shape, None)
    shown = dcmread(BytesIO(write_overlay(reading))).pixel_array[:1024].astype(int)

    coloured = shown[..., 0] - shown[..., 2] > 60  # the heat is red and yellow, the outline blue
    expected = [each.mean() / side for each, side in zip(np.nonzero(heat > 0.5), heat.shape, strict=True)]
    rows, columns = np.nonzero(coloured)
    film_columns = round(1024 * heat.shape[1] / heat.shape[0])
    left = (shown.shape[1] - film_columns) // 2
    assert [rows.mean() / 1024, (columns.mean() - left) / film_columns] == pytest.approx(expected, abs=0.03)


def test_overlay_of_a_refused_film_has_no_heat_and_a_warning(read):
    assessed, not_assessed = (dcmread(BytesIO(write_overlay(read(what)))) for what in (assessment(), refused()))
    film = not_assessed.pixel_array[:1000]

    assert (film[..., 0] == film[..., 1]).all()
    assert not (assessed.pixel_array[..., 0] == assessed.pixel_array[..., 1]).all()
    assert not_assessed.BurnedInAnnotation == assessed.BurnedInAnnotation == "YES"


def test_overlay_of_a_film_that_was_not_read_is_not_there(read):
    with pytest.raises(NotFoundError):
        write_overlay(read(failed()))
