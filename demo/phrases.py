"""The sentences the synthetic reports are made of; {slots} are filled from the finding."""

# Stated as present. A key is a label, or label/kind where the kinds read differently.
PRESENT: dict[str, tuple[str, ...]] = {
    "airspace_opacity": (
        "There is {sev} consolidation in the {lobe}.",
        "{Sev} airspace opacity is seen in the {lobe}.",
        "Focal airspace disease is present in the {lobe}.",
        "{Sev} {lobar} consolidation with air bronchograms.",
        "There is {sev} patchy opacification of the {lobe}, in keeping with pneumonia.",
        "An infiltrate is present in the {lobe}.",
    ),
    "airspace_opacity/multifocal": (
        "There are {sev} multifocal airspace opacities in both lungs.",
        "Bilateral patchy consolidation is present, {sev} in extent.",
        "{Sev} multifocal consolidation involves both lungs.",
        "Scattered airspace opacities are seen throughout both lungs.",
    ),
    "atelectasis": (
        "There is {sev} subsegmental atelectasis at the {side} base.",
        "Linear {side} basilar atelectasis is noted.",
        "Band-like atelectasis is present at the {side} lung base.",
        "{Sev} platelike atelectasis in the {side} lower lobe.",
        "Discoid atelectasis is seen above the {side} hemidiaphragm.",
    ),
    "atelectasis/collapse": (
        "There is volume loss with atelectasis of the {side} lower lobe.",
        "Wedge-shaped {side} lower lobe atelectasis is present.",
        "{Sev} {side} lower lobe collapse is seen.",
        "The {side} lower lobe shows {sev} atelectasis with crowding of vessels.",
    ),
    "pulmonary_edema": (
        "There is {sev} pulmonary edema.",
        "Perihilar haze and septal lines are consistent with {sev} pulmonary edema.",
        "{Sev} interstitial pulmonary edema with Kerley B lines is present.",
        "Vascular congestion with {sev} pulmonary edema is seen.",
        "Bilateral perihilar haze reflects {sev} pulmonary edema.",
    ),
    "interstitial_lung_disease": (
        "There are {sev} bibasilar reticular opacities, in keeping with interstitial lung disease.",
        "{Sev} interstitial lung disease with basilar predominance is seen.",
        "Peripheral reticulation is present in both lungs, representing {sev} pulmonary fibrosis.",
        "Coarse reticular interstitial markings at both bases reflect {sev} interstitial fibrosis.",
        "The lungs show {sev} fibrotic change with low volumes.",
    ),
    "lung_nodule_or_mass": (
        "There is a {size} nodule in the {lobe}.",
        "A {size} pulmonary nodule projects over the {zone}.",
        "A well-defined rounded nodule of {size} is seen in the {lobe}.",
        "Solitary {lobar} nodule measuring {size}.",
    ),
    "lung_nodule_or_mass/mass": (
        "There is a {size} mass in the {lobe}.",
        "A lobulated {lobar} mass measures {size}.",
        "A large rounded pulmonary mass of {size} projects over the {zone}.",
        "A {size} lung mass is present in the {lobe}.",
    ),
    "lung_nodule_or_mass/nodules": (
        "There are multiple pulmonary nodules in both lungs, the largest {size}.",
        "Several rounded nodules up to {size} are scattered through both lungs.",
        "Multiple bilateral lung nodules are present.",
        "Numerous pulmonary nodules are seen, measuring up to {size}.",
    ),
    "emphysema_hyperinflation": (
        "The lungs are hyperinflated with flattened diaphragms.",
        "{Sev} emphysema with hyperinflation is present.",
        "There is {sev} hyperexpansion of the lungs with flattening of the hemidiaphragms.",
        "Emphysematous change is seen with attenuated upper lobe vessels.",
        "Hyperinflated and hyperlucent lungs, compatible with {sev} emphysema.",
    ),
    "pleural_effusion": (
        "There is a {sev} {side} pleural effusion.",
        "A {sev} {side} pleural effusion is present with a meniscus at the base.",
        "{Sev} pleural effusion {on_side} with a meniscus.",
        "The {side} costophrenic angle is obscured by a {sev} pleural effusion.",
        "{Sev} layering pleural fluid is seen {on_side}.",
    ),
    "pleural_effusion/both": (
        "There are {sev} bilateral pleural effusions.",
        "{Sev} pleural effusions are present on both sides.",
        "Both costophrenic angles are obscured by {sev} pleural effusions.",
        "Bilateral {sev} pleural effusions are seen.",
    ),
    "pneumothorax": (
        "There is a {sev} {side} pneumothorax.",
        "A {sev} {side} apical pneumothorax is present.",
        "A visceral pleural line is visible {on_side}, indicating a {sev} pneumothorax.",
        "{Sev} {side} pneumothorax with absent peripheral lung markings.",
        "A {side} sided pneumothorax is seen, {sev} in size.",
    ),
    "pleural_other": (
        "There is {sev} {side} pleural thickening.",
        "{Sev} pleural thickening along the {side} lateral chest wall and apex is present.",
        "{Side} pleural thickening with apical capping is noted.",
        "Smooth {sev} thickening of the {side} pleura is seen.",
    ),
    "pleural_other/plaque": (
        "Calcified pleural plaques are seen {on_side}.",
        "There are {sev} calcified {side} pleural plaques.",
        "Calcified plaque is present along the {side} pleura and hemidiaphragm.",
        "{Side} pleural calcification is noted.",
    ),
    "cardiomegaly": (
        "There is {sev} cardiomegaly.",
        "The heart is {sevly} enlarged.",
        "The cardiac silhouette is {sevly} enlarged.",
        "{Sev} enlargement of the cardiac silhouette is present.",
        "Cardiomegaly is noted, {sev} in degree.",
    ),
    "mediastinal_hilar_abnormality": (
        "There is {sev} enlargement of the {side} hilum.",
        "The {side} hilum is enlarged and lobulated.",
        "{Side} hilar enlargement is present, in keeping with lymphadenopathy.",
        "{Sev} {side} hilar adenopathy is seen.",
    ),
    "mediastinal_hilar_abnormality/wide": (
        "The superior mediastinum is {sevly} widened.",
        "There is {sev} widening of the mediastinum.",
        "Mediastinal widening is present.",
        "The mediastinal contour is abnormally wide, {sev} in degree.",
    ),
    "mediastinal_hilar_abnormality/bihilar": (
        "There is {sev} bilateral hilar lymphadenopathy.",
        "Both hila are enlarged and lobulated.",
        "{Sev} bilateral hilar enlargement is present.",
        "Symmetric hilar adenopathy is seen on both sides.",
    ),
    "mediastinal_hilar_abnormality/mass": (
        "There is a {sev} {side} mediastinal mass.",
        "A lobulated mediastinal mass projects {on_side} of the upper mediastinum.",
        "A mass widens the {side} mediastinal contour.",
        "Abnormal {side} mediastinal contour due to a mediastinal mass.",
    ),
    "acute_fracture": (
        "There is an acute displaced fracture of the {ribs}.",
        "Acute fracture of the {ribs} with a cortical step.",
        "A displaced acute rib fracture is present {on_side}, involving the {ribs}.",
        "The {ribs} is acutely fractured.",
    ),
    "acute_fracture/ribs": (
        "There are acute displaced fractures of the {ribs}.",
        "Acute fractures of the {ribs} are seen.",
        "Multiple acute rib fractures {on_side}, involving the {ribs}.",
        "The {ribs} are acutely fractured.",
    ),
    "acute_fracture/clavicle": (
        "There is an acute displaced fracture of the {side} clavicle.",
        "Acute midshaft fracture of the {side} clavicle.",
        "The {side} clavicle is acutely fractured with a step deformity.",
    ),
}

# Stated as uncertain; nothing else of the report affirms the finding.
UNCERTAIN: dict[str, tuple[str, ...]] = {
    "airspace_opacity": (
        "Possible early consolidation in the {lobe}.",
        "Pneumonia in the {lobe} cannot be excluded.",
        "Subtle density in the {lobe} may represent early consolidation.",
        "Questionable airspace opacity in the {lobe}.",
    ),
    "atelectasis": (
        "Possible {side} basilar atelectasis.",
        "Linear density at the {side} base may represent atelectasis.",
        "Minimal atelectasis at the {side} base cannot be excluded.",
    ),
    "pulmonary_edema": (
        "Mild pulmonary edema cannot be excluded.",
        "Possible mild interstitial pulmonary edema.",
        "Prominent vessels may represent early pulmonary edema.",
    ),
    "interstitial_lung_disease": (
        "Possible mild interstitial lung disease at the bases.",
        "Basilar markings may represent early interstitial fibrosis.",
        "Early interstitial lung disease cannot be excluded.",
    ),
    "lung_nodule_or_mass": (
        "Possible {size} nodule in the {lobe}.",
        "A {size} density over the {zone} may represent a pulmonary nodule.",
        "Questionable nodule in the {lobe}.",
        "A small pulmonary nodule in the {lobe} cannot be excluded.",
    ),
    "emphysema_hyperinflation": (
        "Possible mild hyperinflation.",
        "Lung volumes may represent mild emphysema.",
        "Mild emphysema cannot be excluded.",
    ),
    "pleural_effusion": (
        "A small {side} pleural effusion cannot be excluded.",
        "Possible trace {side} pleural effusion.",
        "Slight blunting {on_side} may represent a small pleural effusion.",
        "Questionable small {side} pleural effusion.",
    ),
    "pneumothorax": (
        "A tiny {side} apical pneumothorax cannot be excluded.",
        "Possible small {side} pneumothorax.",
        "A faint line {on_side} may represent a small pneumothorax.",
    ),
    "pleural_other": (
        "Possible {side} pleural thickening.",
        "Density along the {side} chest wall may represent pleural thickening.",
        "Mild {side} pleural thickening cannot be excluded.",
    ),
    "pleural_other/plaque": (
        "Possible {side} pleural plaque.",
        "Density along the {side} chest wall may represent a calcified pleural plaque.",
    ),
    "cardiomegaly": (
        "Possible mild cardiomegaly.",
        "Mild cardiomegaly cannot be excluded given the technique.",
        "The cardiac silhouette may be mildly enlarged.",
    ),
    "mediastinal_hilar_abnormality": (
        "Possible {side} hilar enlargement.",
        "Fullness {on_side} may represent hilar lymphadenopathy.",
        "{Side} hilar adenopathy cannot be excluded.",
    ),
    "mediastinal_hilar_abnormality/wide": (
        "Possible mediastinal widening.",
        "Mediastinal widening cannot be excluded.",
    ),
    "mediastinal_hilar_abnormality/mass": (
        "Possible {side} mediastinal mass.",
        "A mediastinal mass cannot be excluded {on_side}.",
    ),
    "acute_fracture": (
        "Possible acute fracture of the {ribs}.",
        "An acute fracture of the {ribs} cannot be excluded.",
        "Questionable acute fracture of the {ribs}.",
    ),
}

# The finding as a noun, for impressions and for comparisons with the prior study.
NOUN: dict[str, str] = {
    "airspace_opacity": "{lobar} consolidation",
    "airspace_opacity/multifocal": "multifocal bilateral airspace opacities",
    "atelectasis": "{side} basilar atelectasis",
    "atelectasis/collapse": "{side} lower lobe atelectasis",
    "pulmonary_edema": "pulmonary edema",
    "interstitial_lung_disease": "interstitial lung disease",
    "lung_nodule_or_mass": "{lobar} nodule",
    "lung_nodule_or_mass/mass": "{lobar} mass",
    "lung_nodule_or_mass/nodules": "multiple bilateral pulmonary nodules",
    "emphysema_hyperinflation": "pulmonary emphysema",
    "pleural_effusion": "{side} pleural effusion",
    "pleural_effusion/both": "bilateral pleural effusions",
    "pneumothorax": "{side} pneumothorax",
    "pleural_other": "{side} pleural thickening",
    "pleural_other/plaque": "calcified {side} pleural plaques",
    "cardiomegaly": "cardiomegaly",
    "mediastinal_hilar_abnormality": "{side} hilar enlargement",
    "mediastinal_hilar_abnormality/wide": "mediastinal widening",
    "mediastinal_hilar_abnormality/bihilar": "bilateral hilar lymphadenopathy",
    "mediastinal_hilar_abnormality/mass": "{side} mediastinal mass",
    "acute_fracture": "acute fracture of the {ribs}",
    "acute_fracture/ribs": "acute fractures of the {ribs}",
    "acute_fracture/clavicle": "acute fracture of the {side} clavicle",
}

CONCLUDED = ("{Sev} {noun}.", "{Noun}.", "{Noun}, {sev}.", "{Noun}, as above.", "{Noun} as described.")
WONDERED = ("Possible {noun}.", "Possible {noun}; correlate clinically.", "Questionable {noun}.",
            "{Noun} cannot be excluded.")  # fmt: skip
CHANGES: dict[str, tuple[str, ...]] = {
    "unchanged": ("Unchanged {noun}.", "{Noun}, unchanged from the prior study.", "No change in {noun}.",
                  "Stable {noun} compared with the prior study."),
    "increased": ("Interval increase in {noun}.", "{Noun}, increased since the prior study.", "Worsening {noun}.",
                  "{Noun}, progressed in the interval."),
    "decreased": ("Interval decrease in {noun}.", "Improving {noun}.", "{Noun}, decreased since the prior study.",
                  "Residual {noun}, smaller than before."),
    "new": ("New {noun}.", "{Noun}, new since the prior study.", "Interval development of {noun}."),
}  # fmt: skip
RESOLVED = (
    "The previously seen {noun} has resolved.",
    "Interval resolution of {noun}.",
    "The {noun} of the prior study is no longer seen.",
    "Previously described {noun} has cleared.",
)

# What is said of an organ when none of these labels is present or uncertain there.
NORMAL: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (
        frozenset({"airspace_opacity", "atelectasis", "pulmonary_edema", "interstitial_lung_disease",
                   "lung_nodule_or_mass", "emphysema_hyperinflation"}),
        ("The lungs are clear.", "Lungs are well expanded and clear.", "No focal airspace disease is seen.",
         "The lungs are normally aerated without focal consolidation.", "Clear lungs bilaterally.",
         "Both lungs are clear without infiltrate or nodule."),
    ),
    (
        frozenset({"pleural_effusion", "pneumothorax"}),
        ("No pneumothorax or pleural effusion.", "There is no pleural effusion or pneumothorax.",
         "Costophrenic angles are sharp, and there is no pneumothorax.", "Neither effusion nor pneumothorax is seen.",
         "No evidence of pleural effusion. No pneumothorax."),
    ),
    (
        frozenset({"cardiomegaly"}),
        ("The heart is normal in size.", "Heart size is within normal limits.", "Normal cardiac silhouette.",
         "The cardiac silhouette is not enlarged.", "Cardiac size is at the upper limits of normal."),
    ),
    (
        frozenset({"mediastinal_hilar_abnormality"}),
        ("Mediastinal and hilar contours are normal.", "The mediastinum is unremarkable.",
         "No hilar or mediastinal enlargement.", "The hila are within normal limits.",
         "Mediastinal contours are unremarkable."),
    ),
    (
        frozenset({"acute_fracture"}),
        ("No acute osseous abnormality.", "No acute fracture is seen.", "The visualized bones are intact.",
         "Osseous structures are unremarkable for age.", "No displaced rib fracture."),
    ),
)  # fmt: skip
# Said alone of a label that is absent, where its organ has another finding.
ABSENT: dict[str, tuple[str, ...]] = {
    "pneumothorax": ("No pneumothorax.", "There is no pneumothorax.", "Negative for pneumothorax."),
    "pleural_effusion": ("No pleural effusion.", "There is no pleural effusion.", "No effusion is seen."),
    "airspace_opacity": ("No focal consolidation.", "No airspace consolidation is seen.", "No evidence of pneumonia."),
    "pulmonary_edema": ("No pulmonary edema.", "There is no evidence of pulmonary edema.", "No overt edema."),
    "lung_nodule_or_mass": ("No suspicious pulmonary nodule.", "No mass is seen.", "There is no lung nodule."),
}
DEVICE: dict[str, tuple[str, ...]] = {
    "pacemaker": ("A left chest wall pacemaker is in place.", "Pacemaker lead projects over the right ventricle."),
    "sternotomy": ("Median sternotomy wires are intact.", "Status post median sternotomy."),
    "port": ("A right chest port is in place with its tip in the superior vena cava.", "Right chest port noted."),
    "central_line": ("A right central venous catheter ends in the superior vena cava.", "Right jugular line in place."),
    "endotracheal_tube": ("The endotracheal tube ends above the carina.", "Endotracheal tube in standard position."),
    "feeding_tube": ("An enteric tube courses below the diaphragm.", "The feeding tube reaches the stomach."),
}
ASIDE = (
    "Degenerative changes of the thoracic spine.", "Mild atherosclerotic calcification of the aorta.",
    "Surgical clips project over the upper abdomen.", "Old healed rib fractures are noted.",
    "The aorta is mildly tortuous.", "Mild scoliosis.", "Degenerative change of both shoulders.",
    "Soft tissues are unremarkable.", "The upper abdomen is unremarkable.", "The trachea is midline.",
)  # fmt: skip
INDICATION = (
    "Cough.", "Shortness of breath.", "Chest pain.", "Fever and cough, evaluate for pneumonia.", "Dyspnea on exertion.",
    "History of congestive heart failure.", "Fall with chest wall pain.", "Preoperative evaluation.",
    "History of smoking, cough.", "Rule out pneumothorax.", "Follow-up of prior finding.", "Positive tuberculin test.",
    "History of malignancy, staging.", "Weakness.", "Evaluate for pleural effusion.", "Hypoxia.", "Hemoptysis.",
    "Motor vehicle collision.", "History of pneumonia last year.", "Weight loss and night sweats.",
    "Central line placement.", "History of COPD with wheezing.",
)  # fmt: skip
FIRST = ("None.", "None available.", "No prior studies.", "No previous examination for comparison.")
EARLIER = ("Prior chest radiograph.", "The previous radiograph.", "Chest radiograph of an earlier date.",
           "Most recent prior study.")  # fmt: skip
ALL_CLEAR = (
    "No acute cardiopulmonary abnormality.", "No acute cardiopulmonary process.", "Normal chest radiograph.",
    "No acute disease.", "Unremarkable examination of the chest.", "No radiographic evidence of acute disease.",
    "Negative chest.",
)  # fmt: skip
ADVICE = ("Follow-up is recommended.", "Clinical correlation is advised.", "Consider follow-up radiographs.",
          "Comparison with older studies would be helpful.")  # fmt: skip
