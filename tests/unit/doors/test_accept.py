"""What Accept asks for; the rules, and the examples of its weights, are RFC 9110's (12.5.1)."""

import pytest

from doors.accept import preferred

JSON, XML = "application/dicom+json", "application/dicom+xml"

WANTED = [
    ("", JSON),
    ("   ", JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    (XML, XML),
    ("Application/DICOM+XML", XML),
    ("application/dicom+xml; charset=utf-8", XML),
    (f"{XML}, {JSON}", XML),
    (f"{JSON}, {XML}", JSON),
    (f"{JSON};q=0.5, {XML};q=0.8", XML),
    (f"{XML};q=0.2, */*", JSON),
    (f"*/*, {XML}", XML),
    (f"{JSON};q=0, */*;q=0.1", XML),
    (f"{XML};q=high", XML),
    ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
    ('multipart/related; type="a, b", application/dicom+xml', XML),
]


@pytest.mark.parametrize(("accept", "kind"), WANTED)
def test_the_type_that_is_wanted_most_is_answered(accept, kind):
    assert preferred(accept, [JSON, XML]) == kind


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0", "application/dicom+json+x"])
def test_what_is_not_offered_cannot_be_answered(accept):
    assert preferred(accept, [JSON]) is None


@pytest.mark.parametrize("accept", ["text/*, text/plain;q=0, */*;q=0.1", "text/plain;q=0, text/*, */*"])
def test_the_most_precise_range_holds_for_a_type_wherever_it_stands(accept):
    assert preferred(accept, ["text/plain"]) is None
    assert preferred(accept, ["text/plain", "text/csv"]) == "text/csv"
