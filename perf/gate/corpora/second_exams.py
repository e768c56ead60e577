"""The clean part of the second corpus: what five kinds of exam say, with names, numbers and codes that are nobody's.

Eponyms, makers, protocols, levels, scores and times stand in it as they do in real dictation. No sentence names a
person, a place, a day or a number of a file; a year by itself and an age below 90 may stand.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Exam:
    """What reports of one kind of exam are made of; in each text a slot such as {mm} stands for a number."""

    titles: tuple[str, ...]
    techniques: tuple[str, ...]
    reasons: tuple[str, ...]
    findings: tuple[str, ...]
    impressions: tuple[str, ...]


CHEST = Exam(
    titles=("Chest, 2 views, PA and lateral", "XR CHEST PORTABLE AP", "Chest radiograph", "CXR 1V PORT"),
    techniques=(
        "PA and lateral views of the chest.",
        "Single AP semi-upright portable view, 110 kVp, GE Optima XR220.",
        "Two views obtained on a Carestream DRX-Evolution at 72 inches.",
    ),
    reasons=(
        "{age}-year-old with cough and fever x 3 days. r/o pneumonia.",
        "SOB, hx CHF, EF 35%.",
        "Status post CABG x4, check lines. Swan-Ganz and Dobhoff placement.",
        "{age}M with Hodgkin lymphoma on ABVD, surveillance.",
        "Wells score 4, evaluate for PE vs pneumonia.",
        "Positive PPD, pre-employment.",
        "Preop TAVR, Sapien 3 valve planned.",
    ),
    findings=(
        "The cardiomediastinal silhouette is within normal limits for size and contour.",
        "Kerley B lines are seen at both bases, in keeping with interstitial edema.",
        "Right IJ Hickman catheter tip at the cavoatrial junction.",
        "A Swan-Ganz catheter projects over the right main pulmonary artery.",
        "Dobhoff tube courses below the diaphragm, tip off the image.",
        "Left chest wall Medtronic dual-lead pacer with leads over the right atrium and right ventricle.",
        "No Hampton hump or Westermark sign.",
        "There is a small Bochdalek hernia on the left, unchanged.",
        "A Ghon focus is calcified in the right mid lung; Ranke complex suspected.",
        "Cardiothoracic ratio is 0.5{d}.",
        "A {mm} mm nodule projects over the left 4th anterior rib.",
        "Endotracheal tube terminates {cm} cm above the carina.",
        "Compression deformity of T12 with approximately 30% loss of height, age indeterminate.",
        "Harrington rods are intact from T4 to L2.",
        "No Pancoast mass. Lung apices are clear.",
        "Sternotomy wires and St. Jude mitral prosthesis noted.",
        "Milwaukee shoulder changes on the right, partially imaged.",
        "No focal consolidation, effusion or pneumothorax.",
        "Flattened hemidiaphragms may reflect COPD, GOLD 2 to 3.",
        "Port-A-Cath accessed with a Huber needle.",
        "Chilaiditi configuration of the colon beneath the right hemidiaphragm.",
        "Blunting of the left costophrenic angle, likely Dressler related.",
        "Old granulomatous disease. Heart XL in size, tortuous aorta.",
        "Hill-Sachs deformity of the right humeral head.",
        "Boston Scientific leadless device in the RV apex.",
    ),
    impressions=(
        "No acute cardiopulmonary abnormality.",
        "1. Mild interstitial edema with Kerley B lines. 2. Small bilateral effusions.",
        "Right lower lobe opacity, may represent pneumonia. Follow up in 6-8 weeks to document resolution.",
        "Lines and tubes as above. No pneumothorax.",
        "Stable exam since 2016.",
    ),
)
ABDOMEN = Exam(
    titles=("CT ABDOMEN AND PELVIS WITH CONTRAST", "CT abd/pelvis w/wo IV contrast", "CT Abdomen, liver mass protocol"),
    techniques=(
        "Helical acquisition on a Siemens Somatom Force after 100 mL Omnipaque 350. CTDIvol {d}.4 mGy, DLP {hu}3 mGy-cm.",
        "Canon Aquilion ONE, 120 kVp, portal venous phase at 70 seconds, 5 mm slices with 2 mm coronal reformats.",
        "Triphasic liver protocol, Isovue-370 at 4 mL/s. Delays at 35 s, 70 s and 5 minutes. Philips IQon.",
    ),
    reasons=(
        "{age} y/o with RLQ pain, WBC 14.2, eval appy.",
        "Crohn disease s/p ileocecectomy, r/o abscess.",
        "HCC screening, Child-Pugh A, AFP 12.",
        "S/p Whipple for ampullary ca, now with fever 38.6.",
        "Restaging colon cancer, FOLFOX cycle 6/12.",
        "Hematuria, prior Roux-en-Y.",
        "Trauma, MVC at 45 mph, FAST negative.",
    ),
    findings=(
        "LIVER: Segment VI lesion measures {cm} x {cm} cm with washout, LI-RADS 4.",
        "Riedel lobe configuration, normal variant.",
        "Kidneys: Bosniak II cyst at the left upper pole, {mm} mm, {hu} HU.",
        "Gerota fascia is intact bilaterally.",
        "Postsurgical changes of Roux-en-Y gastric bypass; no Petersen hernia.",
        "Small Spigelian hernia on the right containing fat.",
        "A Greenfield filter is present in the infrarenal IVC.",
        "Two Jackson-Pratt drains terminate in Morison pouch.",
        "No evidence of Budd-Chiari. Hepatic veins are patent.",
        "Hartmann pouch is unremarkable. Meckel diverticulum not seen.",
        "Foley balloon in the urinary bladder. Small amount of free fluid in the pouch of Douglas.",
        "Delayed images at 2 hours show no leak.",
        "Nodes: 6/8 measured targets are stable by RECIST 1.1; sum of diameters {hu} mm.",
        "Virchow node is not enlarged.",
        "Adrenal nodule {mm} mm, {d} HU, absolute washout 68%, lipid-rich adenoma.",
        "Nissen fundoplication intact.",
        "Grade 1 anterolisthesis, L4 on L5. Schmorl nodes at T11 and T12.",
        "Mirizzi anatomy cannot be excluded; consider MRCP with HASTE.",
        "Baltazar... correction, Balthazar grade C pancreatitis with CT severity index 4.",
        "The appendix is retrocecal, {mm} mm, with periappendiceal stranding (series 3, image 112).",
        "Hounsfield values of the spleen average {hu}.",
        "Amplatzer plug at the splenic artery. Cook Zenith stent graft without endoleak.",
        "Krukenberg type metastases not identified.",
        "Aorta {cm} cm, unchanged since 2017.",
    ),
    impressions=(
        "1. Acute uncomplicated appendicitis. 2. Bosniak II cyst, no follow-up needed.",
        "LI-RADS 4 observation in segment VI. Recommend multidisciplinary discussion.",
        "No acute abdominal process. Fleischner guidelines apply for the {mm} mm RLL nodule: CT in 6-12 months.",
        "Stable disease by RECIST 1.1.",
        "Improved collection, drain may be removed when output < 10 mL per 24 hours.",
    ),
)
SPINE = Exam(
    titles=("MRI LUMBAR SPINE WITHOUT CONTRAST", "MR cervical spine w/o", "MRI T-spine w/wo gad", "MR L-Spine"),
    techniques=(
        "Sagittal T1, T2, STIR and axial T2 on a Siemens Magnetom Skyra 3T.",
        "Philips Ingenia 1.5 T, mDixon, sagittal and axial. 8 mL Gadavist.",
        "GE Signa Artist; sag T2 FRFSE, ax PROPELLER. Motion degrades series 6/9.",
    ),
    reasons=(
        "{age}-year-old with radiculopathy L5, failed PT x 6 weeks.",
        "Low back pain 7/10, s/p L4-5 discectomy 2015, eval recurrent HNP.",
        "Lhermitte sign, numbness both hands.",
        "Breast ca, evaluate mets. Hoffmann positive bilaterally.",
        "Cauda equina? Saddle anesthesia x 12 hours.",
        "Scheuermann disease, worsening kyphosis, Cobb 62.",
    ),
    findings=(
        "L4-5: Broad-based disc bulge with mild bilateral foraminal narrowing. AP canal {mm} mm.",
        "L5-S1: Modic type 2 endplate changes. Pfirrmann grade 4 disc.",
        "C5/6: Right paracentral protrusion contacts the cord. Torg ratio 0.7.",
        "T12-L1: Unremarkable.",
        "Meyerding grade 1 spondylolisthesis, {mm} mm.",
        "Tarlov cysts at S2, largest {mm} mm.",
        "The conus terminates at L1-2. No Chiari malformation on the localizer.",
        "Baastrup phenomenon at L3-4 with interspinous fluid.",
        "Bertolotti pseudoarticulation on the left.",
        "Schmorl's nodes at T10 through L2, Scheuermann pattern.",
        "Pedicle screws at L4 and L5 (Synthes), Wiltse approach scar enhances.",
        "Romanus lesion at the T11 corner. Andersson lesion absent.",
        "Vertebral hemangioma in L3, T1 and T2 bright, 1.{d} cm.",
        "No Luschka joint hypertrophy above C4.",
        "Jefferson or Hangman fracture not seen; Chance fracture of T12 is healed.",
        "Cord signal is normal on STIR and T2. Virchow-Robin spaces not relevant here.",
        "Baker type facet cyst at L4-5 on the left, {mm} mm.",
        "Genant grade 2 wedge of T8.",
        "Dural ectasia, Marfan habitus. Ferguson angle 44 degrees.",
        "Schizas grade C stenosis at L3-4, Lee grade 2 on the right.",
        "Small annular fissure, Dallas grade 3 by description.",
        "Paraspinal muscles show Goutallier 2 fatty change.",
    ),
    impressions=(
        "1. L4-5 disc bulge with mild stenosis. 2. Modic 2 change at L5-S1.",
        "No cord compression. Chance fracture of T12, healed.",
        "Recurrent protrusion at L5-S1 contacting the right S1 root.",
        "Postoperative changes without recurrent disc. Correlate with EMG.",
        "Multilevel Schmorl nodes.",
    ),
)
BREAST = Exam(
    titles=("BILATERAL SCREENING MAMMOGRAM WITH TOMOSYNTHESIS", "Diagnostic mammo left", "MAMMO DIAG BILAT w CAD"),
    techniques=(
        "CC and MLO views, Hologic Selenia Dimensions, with R2 ImageChecker CAD version 9.3.",
        "Eklund displaced views in addition to CC, MLO. GE Senographe Pristina.",
        "Spot compression and 90 degree lateral views, Siemens Mammomat Revelation, 29 kVp, W/Rh.",
    ),
    reasons=(
        "Screening. Gail 5-year risk 1.9%, Tyrer-Cuzick lifetime 17%.",
        "{age} yo, palpable lump left 2 o'clock, BB placed.",
        "BRCA2, annual. Last MRI 2018.",
        "6-month follow-up of BI-RADS 3 calcifications.",
        "Family history: mother at 52, maternal aunt at 61.",
        "Paget of the nipple?",
    ),
    findings=(
        "The breasts are heterogeneously dense, ACR density C.",
        "Cooper ligaments are straightened in the upper outer quadrant.",
        "{mm} mm spiculated mass, left 2 o'clock, {d} cm FN, middle depth.",
        "Mondor cord in the lateral right breast, clinically resolved.",
        "Montgomery glands are noted, benign.",
        "Fine pleomorphic calcifications span {cm} cm, linear distribution, Tabar pattern 4.",
        "A Hydromark clip, shape 3, sits at the prior biopsy site.",
        "Poland anomaly on the right with absent pectoralis.",
        "Mentor implants, retropectoral, Baker grade II. No linguine sign on prior MR.",
        "Axillary nodes: Level I to II with fatty hila, Rotter nodes not seen.",
        "Cowden stigmata are not part of the request.",
        "No architectural distortion. Wolfe N1 pattern in the past.",
        "Skin BB triangle marks the site. Sharp margins.",
        "Savi Scout reflector {mm} mm from the target.",
        "Benign popcorn calcification, right 10 o'clock, unchanged since 2014.",
        "Magnification of the area shows 5 of 7 layering, milk of calcium.",
    ),
    impressions=(
        "BI-RADS 1: Negative. Annual screening.",
        "BI-RADS 4B, left. Ultrasound-guided core biopsy, 14 G Bard.",
        "BI-RADS 0: Need additional imaging evaluation.",
        "BI-RADS 2: Benign. Routine follow up in 12 months.",
        "ASSESSMENT: BI-RADS CATEGORY 3, probably benign; recheck at 6, 12 and 24 months.",
    ),
)
ULTRASOUND = Exam(
    titles=(
        "US ABDOMEN COMPLETE",
        "Thyroid ultrasound",
        "US DVT lower ext bilateral",
        "RENAL SONOGRAM",
        "US RUQ limited",
    ),
    techniques=(
        "Gray scale and color Doppler, Philips EPIQ 7, C5-1 probe.",
        "GE Logiq E10, ML6-15. Valsalva and augmentation performed.",
        "Transabdominal approach, Samsung RS85, fasting 8 hours.",
    ),
    reasons=(
        "RUQ pain, positive Murphy sign? ALT 210.",
        "Hashimoto, palpable nodule.",
        "Graves disease, TSH < 0.01.",
        "Leg swelling R > L, Wells 3, Homans positive.",
        "{age}-year-old {unit}, CKD 3b, Cr 2.1, r/o hydro.",
        "Baker cyst vs DVT.",
    ),
    findings=(
        "Sonographic Murphy sign is negative. Gallbladder wall {d} mm.",
        "TI-RADS 4 nodule in the right lobe, {cm} x {cm} x {cm} cm.",
        "Parenchyma is heterogeneous, in keeping with Hashimoto thyroiditis.",
        "Delphian node measures {d} mm.",
        "Baker cyst in the left popliteal fossa, {cm} cm.",
        "Great saphenous vein reflux 1.{d} s with Valsalva; Cockett perforators competent.",
        "Right kidney {cm} cm. No hydronephrosis. Column of Bertin on the left.",
        "Wirsung duct {d} mm. Oddi not visualized.",
        "Phrygian cap. CBD {d} mm at the porta.",
        "Doppler of the main portal vein: hepatopetal, 2{d} cm/s.",
        "May-Thurner compression cannot be excluded.",
        "Cantlie line lesion {mm} mm, echogenic, likely hemangioma.",
        "Compressible from the common femoral to the popliteal vein, Hunter canal included.",
        "Resistive index 0.6{d} in the interlobar artery.",
        "Rokitansky-Aschoff sinuses with comet tail artifact.",
        "Spleen 1{d} cm. Small amount of ascites in Morison pouch.",
        "Zuckerkandl tubercle, right, not a nodule.",
        "Aorta {cm} cm; Lerich... Leriche pattern not suspected.",
        "Post void residual {hu} mL at 20 minutes.",
    ),
    impressions=(
        "No sonographic evidence of acute cholecystitis.",
        "TI-RADS 4, FNA per ACR 2017 criteria. Bethesda category to follow.",
        "No DVT from the groin to the popliteal. Baker cyst on the left.",
        "Medical renal disease, no hydronephrosis.",
        "Cholelithiasis without Murphy sign.",
    ),
)
EXAMS = (CHEST, ABDOMEN, SPINE, BREAST, ULTRASOUND)
COMPARISONS = (
    "None.",
    "None available.",
    "No priors in PACS.",
    "Prior radiographs of 2016.",
    "Outside CT, images not available.",
)
CLOSINGS = (
    "",
    "Electronically signed.",
    "Report status: Final.",
    "I have personally reviewed the images and agree with the resident's findings.",
    "The referring team was notified by the reading room at 14:20.",
    "END OF REPORT",
    "Results were paged to the ordering provider within 30 minutes.",
    "Dictated with Nuance PowerScribe 360; transcription errors may occur.",
    "Level of urgency: 2 (Yellow).",
    "CPT 74177, ICD-10 K35.80.",
    "Category 2 - significant. Follow up with PCP within 1 to 2 weeks.",
)
NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "mm": lambda draw: str(draw.randrange(2, 29)),
    "cm": lambda draw: f"{draw.randrange(1, 9)}.{draw.randrange(10)}",
    "hu": lambda draw: str(draw.randrange(12, 98)),
    "d": lambda draw: str(draw.randrange(2, 9)),
    "age": lambda draw: str(draw.randrange(19, 89)),
    "unit": lambda draw: draw.choice(("man", "woman", "male", "female")),
}


def number(draw: random.Random, slot: str) -> str | None:
    """A measurement or an age below 90 for a slot, None where it is none."""
    made = NUMBERS.get(slot)
    return made(draw) if made else None
