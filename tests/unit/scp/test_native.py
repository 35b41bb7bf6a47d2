from xml.etree.ElementTree import fromstring

from scp.http.native import to_xml


def test_a_value_that_xml_cannot_hold_does_not_break_the_answer():
    (attribute,) = fromstring(to_xml({"00081155": {"vr": "UI", "Value": ["1.2\x01\x00<&"]}}))  # noqa: S314 - our own

    assert attribute.attrib == {"tag": "00081155", "vr": "UI", "keyword": "ReferencedSOPInstanceUID"}
    assert [value.text for value in attribute] == ["1.2<&"]
