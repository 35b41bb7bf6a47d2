"""What a viewer gets over DICOMweb from the hospital's gateway: the film that was sent, and what was made of it."""

from io import BytesIO

import numpy as np
from dicomweb_client import DICOMwebClient
from PIL import Image
from pydicom import Dataset

from client.token import named_file, proof
from tests.integration.hospital import needs_peers, sent
from tests.trials.traffic.exposures import exposures

pytestmark = needs_peers

SR, SEG, OVERLAY = "SR", "SEG", "OT"


def test_a_viewer_finds_and_shows_the_film_and_its_results(place, tmp_path):
    (film,) = sent(place, tmp_path, *exposures(1, seed=31))
    client = DICOMwebClient(f"{place.stack.url}/dicomweb", headers=proof(named_file()))
    try:
        (study,) = client.search_for_studies(search_filters={"PatientID": film.PatientID})
        series = client.search_for_series(film.StudyInstanceUID)
        instances = client.search_for_instances(film.StudyInstanceUID)
        uids = {each["00080060"]["Value"][0]: _uids(film, each) for each in instances}
        objects = {modality: client.retrieve_instance(*found) for modality, found in uids.items()}
        metadata = client.retrieve_instance_metadata(*uids["CR"])
        (frame,) = client.retrieve_instance_frames(*uids["CR"], [1])
        picture = client.retrieve_instance_rendered(*uids[OVERLAY], ("image/png",))
        lungs = client.retrieve_instance_frames(*uids[SEG], [1])[0]
    finally:
        client._session.close()

    assert study["00080061"]["Value"] == sorted({"CR", SR, SEG, OVERLAY})
    assert study["00201208"]["Value"] == [len(instances)] == [4]
    assert len(series) == 4
    assert objects["CR"].PixelData == frame == film.PixelData
    assert {str(each.PatientName) for each in objects.values()} == {str(film.PatientName)}
    assert metadata["00280010"]["Value"] == [film.Rows]
    assert np.array_equal(np.asarray(Image.open(BytesIO(picture))), objects[OVERLAY].pixel_array)
    mask = np.unpackbits(np.frombuffer(lungs, np.uint8), bitorder="little")[: film.Rows * film.Columns]
    assert np.array_equal(mask.reshape(film.Rows, film.Columns), objects[SEG].pixel_array[0])
    assert objects[SR].CompletionFlag == "COMPLETE"


def _uids(film: Dataset, found: dict) -> tuple[str, str, str]:
    return film.StudyInstanceUID, found["0020000E"]["Value"][0], found["00080018"]["Value"][0]
