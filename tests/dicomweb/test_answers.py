"""The DICOM JSON model, held to pydicom's reading of it."""

from datetime import date

import pytest
from pydicom.dataset import Dataset

from dicomweb.answers import json_object


def test_pydicom_reads_what_is_written():
    content = json_object(
        {
            "StudyDate": date(2020, 1, 31),
            "PatientName": "CS-A",
            "ModalitiesInStudy": ["CR", "DX"],
            "AccessionNumber": "",
            "NumberOfStudyRelatedInstances": 2,
            "ReferencedSOPSequence": [{"ReferencedSOPInstanceUID": "1.2", "FailureReason": 272}],
        }
    )
    found = Dataset.from_json(content)

    assert (found.StudyDate, str(found.PatientName), list(found.ModalitiesInStudy)) == (
        "20200131",
        "CS-A",
        ["CR", "DX"],
    )
    assert found["AccessionNumber"].is_empty
    assert found.NumberOfStudyRelatedInstances == 2
    assert found.ReferencedSOPSequence[0].FailureReason == 272


def test_attributes_stand_in_the_order_of_their_tags():
    assert list(json_object({"Rows": 1, "StudyDate": None})) == ["00080020", "00280010"]


def test_a_keyword_that_is_none_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        json_object({"Colour": "blue"})
