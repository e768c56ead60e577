"""Patient data that no list of names and no label knows: by rows of capitals, by shape, by a number that measures nothing."""

import pytest

from cases.gate.report.masking import has_patient_data, mask

GOES = [
    # Rows of capitals: employers, teams, practices; the number that ends one, the word that goes on with a town.
    ("He works nights at Copper Kettle Ironmongery and lifts.", "He works nights at [PLACE] and lifts."),
    ("Usher at the Blue Lantern Playhouse, off sick.", "Usher at the [PLACE], off sick."),
    ("Claim from Hartley Bridge Haulage group plan.", "Claim from [PLACE] group plan."),
    ("Dues to Bricklayers Lodge 88, unpaid.", "Dues to [PLACE], unpaid."),
    ("She trained at Drumaleggan, then left.", "She trained at [PLACE], then left."),
    ("Lives with Grietjeke now.", "Lives with [PLACE] now."),
    ("INJURED AT OLVENSTEDT GRILL, SEEN TODAY.", "INJURED AT [PLACE], SEEN TODAY."),
    # Numbers that measure nothing.
    ("Images held under GHX 40 882 17.", "Images held under [ID]."),
    ("Card QL 5521 9034 7781.", "Card [ID]."),
    ("Film no 9931. Buckle no. 6120.", "Film no [ID]. Buckle no. [ID]."),
    ("Enrolled as ZORN-418.", "Enrolled as [ID]."),
    ("MRN ends ...7714.", "MRN ends ...[ID]."),
    # Days that no word announces, months of any language.
    ("F/u 03/09. Appt 11/28. Results 19/4.", "F/u [DATE]. Appt [DATE]. Results [DATE]."),
    ("Done 4 Agustus 2021.", "Done [DATE]."),
    ("Data: 03.dez.2020. Sep/07/2016. 9/xi/2018.", "Data: [DATE]. [DATE]. [DATE]."),
    ("Vrijdag 12 maart. MRI 05.2020.", "[DATE]. MRI [DATE]."),
    ("Date: 0 7/ 2 1/ 2 0 1 9", "Date: [DATE]"),
    # Great ages.
    ("His widow (96) came along.", "His widow ([AGE]) came along."),
    ("Her twin is 93. It makes her 102.", "Her twin is [AGE]. It makes her [AGE]."),
    ("A nonagenarian, turning 94.", "A [AGE], turning [AGE]."),
    ("Age at exam 91. She is ninety-three.", "Age at exam [AGE]. She is [AGE]."),
    # Initials: a sentence, a pair, after what was done.
    ("Images fine. QTZ 14.02.2019", "Images fine. [NAME] [DATE]"),
    ("Fine. D: 2019-06-03 KWM/hj  DOC", "Fine. D: [DATE] [NAME]/[NAME]  DOC"),
    ("JvdB agreed. Operators LQ & RTW.", "[NAME] agreed. Operators [NAME] & [NAME]."),
    ("Reviewed, KLP.", "Reviewed, [NAME]."),
    # Names by their shape.
    ("Read by W. Unterweger-Okoro.", "Read by [NAME]."),
    ("Mohd. Fauzan and Ravindran s/o Palanisamy.", "[NAME] and [NAME]."),
    ('Known as "Biscuit" on the ward.', 'Known as "[NAME]" on the ward.'),
    ("Specimen to lab tech. Suresh.", "Specimen to lab tech. [NAME]."),
    ("Told dr quennell, np hallowell 5pm.", "Told dr [NAME], np [NAME] 5pm."),
    ("Delphine Three Crows, LPN, held her hand.", "[NAME], LPN, held her hand."),
    ("Husband Morton came.", "Husband [NAME] came."),
    ("Sent by her PCP Hartmann.", "Sent by her PCP [NAME]."),
    ('She prefers "Minnie" these days.', 'She prefers "[NAME]" these days.'),
    ("3. CHEST - HOFER, JOSHUA - CLEAR", "3. CHEST - [NAME] - CLEAR"),
    # Sign-ins, hosts, plates, streets.
    ("Opened by nightfell3 and result_bot_9.", "Opened by [ID] and [ID]."),
    ("PACS note: tmcavish 3/2/20 14:22 - wrong side.", "PACS note: [ID] [DATE] - wrong side."),
    ("Viewer wquigley; tkovacs@radnet.", "Viewer [ID]; [ID]."),
    ("Pictures at hub.sunlea.example/view?x=1", "Pictures at [URL]"),
    ("Plate KDRT 482, helicopter N482LF, moto MH-12 QX 7457.", "Plate [ID], helicopter [ID], moto [ID]."),
    ("Lives at Unit 6, 41 Harrow Street, off work.", "Lives at [ADDRESS], off work."),
    ("HIT BY A CAR ON SYCAMORE ST WHEN CROSSING.", "HIT BY A CAR ON [ADDRESS] WHEN CROSSING."),
    ("To 1290 Grand Boulevard, #4C.", "To [ADDRESS]."),
    ("CD sent to Hintern Eck 12, 26122 Oldenburg.", "CD sent to [ADDRESS], [ID] [NAME]."),
    ("Fax result to 6555 0193.", "Fax result to [PHONE]."),
]
STAYS = [
    "Right Lower Lobe nodule, seen by Interventional Radiology.",
    "Angiogram of the Circle of Willis.",
    "A Boston Scientific stent in the Left Main.",
    "Series 4, images 201-244. Particles of 500-700 micron.",
    "BP 138/84, CPT 71046, ICD-10 J18.9, T11-T12, CA 19-9 248, 20 mCi of Tc-99m.",
    "Strength 4/5, pain 7/10, LR 5/12, 3/6 murmur, 2/3 of the lobe, series 3/25.",
    "Angle 96 degrees, heart rate is 94, saturation 93 on air, a 92 mm cyst.",
    "AP/lat views; CT/mri fused; PICC in place.",
    "Hutchinson absent. Taylor none. Mallory not seen.",
    "ACR density C. Cooper ligaments normal.",
    "Sister Mary Joseph nodule.",
    "Closed with Knottifix 8 and a Blorvex catheter; level 0 for IDDSI.",
    "Harrington Rod and Circle Of Willis; Right Bundle Branch Block.",
    "As noted on prior CT. Seen on recent chest CT.",
    "Infused Isovue-300 by hand; T2_flair_sag repeated.",
]


@pytest.mark.parametrize(("text", "expected"), GOES)
def test_what_nothing_explains_goes(text, expected):
    assert mask(text).text == expected


@pytest.mark.parametrize("text", STAYS)
def test_what_measures_or_names_a_thing_stays(text):
    assert mask(text).text == text


@pytest.mark.parametrize(("text", "_"), GOES)
def test_nothing_is_found_once_more_in_what_is_masked(text, _):
    assert not has_patient_data(mask(text).text)


def test_shapes_are_looked_for_in_no_time():
    for text in (
        "A" * 60_000,
        "A-" * 30_000,
        "Aa " * 20_000,
        "1 2" * 20_000,
        "a." * 30_000,
        "1-" * 30_000,
        "A/" * 30_000,
    ):
        mask(text)
