"""Names that are known of a report's patient go from its text, whatever else they may be words for."""

import pytest

from cases.gate.report.masking import mask


@pytest.mark.parametrize(
    ("name", "text", "masked"),
    [
        ("GRACE^HOPE", "grace hope seen today. Lungs clear.", "[NAME] seen today. Lungs clear."),
        ("Hope, Grace", "Hope's film of today is clear.", "[NAME]'s film of today is clear."),
        ("YOUNG^WILL", "WILL YOUNG CHEST PA.", "[NAME] CHEST PA."),
        ("YOUNG^WILL", "CT will follow in a young patient.", "CT will follow in a young patient."),
        ("DOE^JANE", "doe, jane. lungs clear", "[NAME]. lungs clear"),
        ("DOE^JANE", "Lungs of JANE clear.", "Lungs of [NAME] clear."),
        ("Summer Bell", "summer bell: no effusion.", "[NAME]: no effusion."),
        ("LONG", "Long is well. The long bones are.", "[NAME] is well. The long bones are."),
        ("P1", "Lungs clear.", "Lungs clear."),
    ],
)
def test_a_known_name_is_masked_in_whichever_form_it_stands(name, text, masked):
    assert mask(text, [name]).text == masked
