"""What radiologists say that identifies nobody: examinations, findings, eponyms, makers, scales and numbers."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """One kind of examination.

    `sex` is F, M or empty where either will do, `ages` the least and greatest age in years. A line that begins with keys and `>` fits
    only the cases so named; a title's keys are the cases which that title may be of.
    """

    titles: tuple[str, ...]
    study: tuple[str, ...]
    reasons: tuple[str, ...]
    technique: tuple[str, ...]
    findings: tuple[str, ...]
    impressions: tuple[str, ...]
    sex: str = ""
    ages: tuple[int, int] = (19, 89)


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a block that are not empty."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _family(blocks: str, sex: str = "", ages: tuple[int, int] = (19, 89)) -> Family:
    """Read a family from six blocks parted by lines of equals signs."""
    titles, study, reasons, technique, findings, impressions = (_lines(block) for block in blocks.split("====")[:6])
    return Family(titles, study, reasons, technique, findings, impressions, sex, ages)


FAMILIES: dict[str, Family] = {
    "chest_film": _family(
        """
        clear,pna,chf> XR CHEST 1 VIEW PORTABLE
        clear,pna,chf> CHEST X-RAY, TWO VIEWS
        clear,pna,chf> CR Chest PA and lateral
        icu> DX Chest AP portable
        icu> Chest radiograph (mobile, supine)
        clear,pna,chf> XR Chest
        clear,pna,chf,icu> CXR
        ====
        chest radiograph
        CXR
        chest x-ray
        portable chest
        ====
        Shortness of breath and productive cough.
        pna,clear> [Cough x 2 weeks|Cough for 3/52], ?consolidation.
        icu> Check line position post right IJ.
        clear> Post ICD lead revision, exclude pneumothorax.
        clear> Pre-op, Nissen fundoplication.
        pna> Fever, on day 5 of Tazocin.
        chf> CHF, on IV Lasix 40 mg BID.
        clear,pna> Smoker, 40 pack years, haemoptysis.
        icu> Intubated, post Whipple day 2.
        icu> ?NG position.
        ====
        icu> AP semi-upright portable view at [bedside|{time}].
        clear,pna,chf> PA and lateral views of the chest.
        Single frontal projection, 110 kVp, 2.0 mAs.
        icu> Mobile AP film, Carestream DRX-Revolution.
        ====
        clear,pna> The cardiomediastinal silhouette is within normal limits.
        chf,icu> Heart size is mildly enlarged, cardiothoracic ratio {n:51-60}%.
        chf> Kerley B lines and peribronchial cuffing are [noted|present], in keeping with interstitial edema.
        chf,icu> Upper lobe venous diversion.
        pna> Patchy opacity in the {lobe}, [new|more conspicuous|without volume loss].
        pna> Air bronchograms are present in the {lobe}.
        icu> ETT tip terminates {cm} above the carina.
        icu> The Dobhoff tube tip projects over the gastric body.
        icu> Swan-Ganz catheter tip is in the proximal right pulmonary artery.
        icu> Levin tube with side port below the diaphragm.
        A {side} Port-a-Cath is in place with its tip at the cavoatrial junction.
        Dual chamber Medtronic pacemaker with intact leads.
        Median sternotomy wires and mediastinal clips; St. Jude aortic valve prosthesis.
        chf,icu,pna> Blunting of the {side} costophrenic angle compatible with a small effusion.
        No pneumothorax is seen.
        Mild dextroscoliosis with Cobb angle of {n:11-28} degrees.
        Old healed fractures of the {side} {n:4-6}th through {n:7-9}th ribs.
        Chilaiditi configuration of the hepatic flexure, an incidental variant.
        An azygos fissure is incidentally seen. Ghon focus at the {side} base.
        Bochdalek hernia on the left is unchanged since {year}.
        No free gas under the diaphragm.
        Harrington rods traverse the thoracolumbar spine.
        clear> The lungs are hyperinflated but clear.
        clear> Lungs are clear. Pleural spaces are clear.
        ====
        clear> No acute cardiopulmonary process.
        pna> {lobe} pneumonia. Follow-up in [6-8 weeks|6/52] to document resolution is suggested.
        pna> Consolidation in the {lobe}.
        chf> Mild CHF with small bilateral effusions.
        icu> Lines and tubes in satisfactory position.
        chf,icu> Stable exam. No significant interval change.
        clear> No focal lung lesion. No active disease.
        """
    ),
    "chest_ct": _family(
        """
        nod> CT CHEST WITH CONTRAST
        nod,ild> CT THORAX
        scr> CT CHEST LOW DOSE LUNG CANCER SCREENING
        pe,nope> CT PULMONARY ANGIOGRAM
        pe,nope> CTPA
        ild> HRCT Chest
        nod,ild> CT Chest without contrast
        ====
        CT chest
        chest CT
        CT thorax
        ====
        pe,nope> Wells score 6, D-dimer 1840, rule out PE.
        pe,nope> Pleuritic chest pain, tachycardia 112, SpO2 91%.
        nod> Follow-up of {mm} nodule.
        ild> ?ILD, fine crackles, on methotrexate 15 mg weekly.
        ild> Known sarcoid, Scadding stage 2.
        scr> Current smoker, 35 pack-years, annual screen.
        nod> Staging of newly found adenocarcinoma, EGFR exon 19 deletion.
        ====
        nod,pe,nope> Helical acquisition on a Siemens SOMATOM Definition Flash following {ml} of Omnipaque 350. DLP {n:120-640} mGy*cm.
        Volumetric CT at 1.25 mm on a GE Revolution scanner, CTDIvol {n:3-14}.{n:0-9} mGy.
        pe,nope> 65 mL Isovue-370 at 4.5 mL/s, bolus tracked in the main PA, threshold 150 HU.
        scr,ild> Low dose technique, 100 kVp, iDose level 4. MIPs in three planes were made.
        ====
        nod,scr> Solid {mm} nodule in the {lobe} {simg}, previously {mm}.
        nope> No filling defect to the level of the segmental arteries. RV/LV ratio 0.{n:75-95}.
        pe> Filling defects in the {lobe} segmental arteries {simg}. RV/LV ratio 0.{n:75-95}.
        Centrilobular emphysema with upper zone predominance.
        ild> Subpleural reticulation with honeycombing, a UIP pattern by the Fleischner Society criteria.
        ild> Traction bronchiectasis in the {lobe} {simg}.
        Mediastinal nodes are not enlarged; station 4R node measures {mm} in short axis.
        nod,ild> Ground-glass opacity in the {lobe} {simg}, {dim2}.
        Coronary calcification, Agatston score {n:101-900}.
        Ascending aorta measures {n:36-46} mm. No dissection (Stanford A or B).
        Small hiatus hernia. Morgagni fat pad is prominent.
        Schmorl's nodes at {lvl} and {lvl}.
        The {side} adrenal nodule measures {hu} on the unenhanced scan.
        Swyer-James type hyperlucency of the {lobe}.
        nod> Pancoast region clear. No chest wall invasion.
        Calcified granulomata as in {year}.
        pe> Hampton hump at the {side} base; small effusion.
        ====
        scr> Lung-RADS [2|3|4A]. [Continue annual LDCT|6 month follow-up advised].
        nope> No pulmonary embolus.
        pe> Acute PE in the {lobe} segmental branch without right heart strain. PESI class II.
        nod> Stable {mm} nodule; no follow-up is needed under Fleischner 2017.
        ild> Findings fit NSIP rather than UIP. MDT discussion.
        ild> Probable UIP.
        nod> T2a N0 M0 on the 8th edition of TNM.
        """,
        ages=(32, 89),
    ),
    "abdomen_ct": _family(
        """
        app,noapp,div> CT ABDOMEN AND PELVIS WITH IV CONTRAST
        stone> CT KUB
        app,div,noapp> CT Abdomen/Pelvis (portal venous)
        onc> CT TAP
        onc,panc> CT ABD/PELV W/WO
        col> CT Colonography
        ====
        CT abdomen and pelvis
        CT A/P
        abdominal CT
        ====
        app,noapp> RIF pain, WCC 17.2, CRP 184. ?appendicitis
        stone> Left flank pain, microscopic haematuria.
        onc> Restaging, cycle 6 of FOLFOX.
        panc> Lipase 2,100. Pancreatitis, revised Atlanta classification.
        noapp> Day 4 post Hartmann's, ileus?
        noapp> Known Crohn's disease on Humira 40 mg.
        noapp> AAA surveillance, last {cm}.
        div> LIF pain, pyrexia 38.4, CRP 112.
        col> Iron deficiency, Hb 9.1, failed colonoscopy.
        ====
        app,noapp,div,onc,panc> Portal venous phase following {ml} Visipaque 320. DLP {n:340-980}. No immediate reaction.
        stone> Unenhanced low dose prone study, Canon Aquilion ONE.
        app,noapp,div,onc,panc> Oral Gastrografin and {ml} IV Ultravist 370 were given. eGFR {n:52-95}.
        col> Faecal tagging with Gastrografin, CO2, Buscopan 20 mg IV. Prone and supine.
        ====
        The liver shows no focal lesion. Riedel lobe noted.
        Segment {n:2-8} hypodensity {dim2} {simg}, HU {n:4-18}, consistent with a cyst.
        Bosniak IIF cyst in the {side} kidney, {cm}.
        stone> Obstructing {mm} calculus at the {side} VUJ with moderate hydronephrosis, {n:450-1350} HU.
        div> Sigmoid diverticulitis, Hinchey Ib, with pericolic collection of {dim2}.
        app> The appendix is dilated to 11 mm with an appendicolith and Alvarado 8 clinically.
        noapp,div,stone> The appendix is normal.
        noapp> Infrarenal aorta {n:31-58} mm in maximum AP diameter; Gore Excluder stent graft with type II endoleak.
        Spigelian hernia on the {side} containing fat only.
        Greenfield filter below the renal veins, tilt of {n:3-12} degrees.
        No Budd-Chiari or Mirizzi configuration.
        panc> Balthazar grade C with no necrosis; CT severity index {n:2-6}.
        Pelvic node {simg} is {mm} in short axis.
        Foley catheter balloon within the bladder.
        Bilateral L5 pars defects, Meyerding grade 1.
        Meckel's diverticulum is not identified.
        panc,stone> Gerota's fascia is thickened.
        stone,onc> JJ stent in situ, pigtails well placed.
        onc> Krukenberg deposits not seen. Sister Mary Joseph nodule absent.
        onc> Liver metastasis {simg} {n:30-34} mm, was {n:30-34} mm.
        col> {mm} sessile polyp in the ascending colon {simg}.
        ====
        app> Acute uncomplicated appendicitis.
        stone> {mm} {side} ureteric calculus. Urology opinion.
        onc> RECIST 1.1: stable disease, sum of target lesions {n:60-66} mm (was {n:60-66} mm).
        noapp> No acute abnormality in the abdomen or pelvis.
        div> Hinchey Ib diverticulitis. No free perforation.
        col> C-RADS C2. Interval colonoscopy in {n:1-3} years.
        panc> Interstitial oedematous pancreatitis, CTSI as above.
        """
    ),
    "head_ct": _family(
        """
        norm,sdh,dem> CT HEAD WITHOUT CONTRAST
        norm,sdh,dem> CT BRAIN
        norm,stroke,dem> CT Head
        norm,sdh> NCCT HEAD
        sah,stroke> CT Angiogram Circle of Willis
        tr> CT HEAD/C-SPINE TRAUMA
        ====
        CT head
        head CT
        CT brain
        noncontrast head CT
        ====
        norm,sdh> Fall, on apixaban 5 mg bd, GCS 14.
        stroke> Code stroke, NIHSS 11, last known well {time}.
        sah> Worst headache of life, Hunt and Hess 2.
        norm> Seizure, on Keppra.
        norm,dem> Confusion, MoCA 17/30.
        tr> Trauma: meets Canadian CT Head Rule.
        ====
        5 mm axial slices from vertex to foramen magnum. CTDIvol {n:41-62} mGy.
        Helical unenhanced study, Philips Brilliance 64.
        sah,stroke> {ml} of Omnipaque 300 at 5 mL/sec, TeraRecon reformats.
        ====
        norm,dem,tr> No intracranial hemorrhage, mass or extra-axial collection.
        stroke> ASPECTS is {n:6-9}.
        stroke> Hyperdense {side} MCA sign, loss of the insular ribbon.
        Prominent Virchow-Robin spaces in the basal ganglia.
        White matter hypodensity, Fazekas grade {n:1-3}.
        dem> Evans index 0.{n:28-38}. Scheltens MTA 3.
        norm> The Sylvian fissures and circle of Willis are unremarkable.
        sdh> {mm} acute subdural along the {side} convexity, midline shift {n:2-7} mm.
        Dandy-Walker variant, unchanged since {year}.
        norm,dem> Codman shunt valve, tip near the foramen of Monro.
        tr> Le Fort I fracture is not present; nasal bones intact.
        Cerebellar tonsils {n:2-6} mm below the foramen magnum, borderline for Chiari I.
        Keros type II olfactory fossae. Concha bullosa on the {side}.
        Wallerian change in the {side} peduncle.
        sah> Modified Fisher grade {n:1-3} subarachnoid blood.
        sah> {mm} aneurysm at the ACOM {simg}.
        tr> Odontoid peg intact, no Jefferson or hangman fracture.
        ====
        norm,tr> No acute intracranial abnormality.
        stroke> Acute {side} MCA territory infarct.
        sdh> {Side} convexity subdural, {mm}. Neurosurgical opinion.
        dem> Chronic small vessel disease. No bleed.
        sah> Aneurysmal subarachnoid hemorrhage, WFNS grade 1 clinically.
        """
    ),
    "brain_mr": _family(
        """
        ms,gbm,norm> MRI BRAIN WITH AND WITHOUT CONTRAST
        norm,ms> MR Head
        iam> MRI BRAIN & IAMs
        norm> MR Brain (seizure protocol)
        pit> MRI Pituitary
        ====
        brain MRI
        MRI brain
        MR head
        ====
        ms> Relapsing MS on Tysabri, EDSS 3.5.
        iam> ?acoustic neuroma, left tinnitus.
        pit> Prolactin 2400, on cabergoline.
        norm> Headache with visual aura.
        norm> Absence seizures, Lamictal 100 mg.
        gbm> GBM, 3 months after Stupp protocol with Temodar.
        ====
        3.0T Philips Ingenia: sagittal T1, axial T2, FLAIR, DWI b1000, SWI; {n:6-9} mL Gadavist.
        1.5T Siemens Aera, 3D FLAIR, post Dotarem 0.1 mmol/kg.
        ====
        No restricted diffusion. ADC values are preserved.
        ms> {n:4-19} periventricular FLAIR foci, Dawson's fingers pattern, meeting McDonald 2017.
        ms> One enhancing focus {dim2} on series {ser} image {img}.
        Meckel's cave and Dorello's canal are normal.
        pit> Rathke cleft cyst {dim2} {simg}.
        iam> Koos grade {n:1-3} vestibular schwannoma of {mm}.
        norm,iam> Zabramski type II cavernoma in the {side} frontal lobe.
        norm,gbm> Broca's and Wernicke's areas are spared; the Rolandic cortex is normal.
        norm> Spetzler-Martin grade {n:1-3} AVM nidus, {cm}, as in {year}.
        Thornwaldt cyst, incidental, as in {year}.
        norm> MTA (Scheltens) score {n:0-3} on either side. Koedam 1.
        pit> Knosp grade {n:0-2}, stalk deviated to the {side}.
        gbm> Enhancing focus {dim3} on series {ser} image {img}.
        gbm> Rim of low ADC; rCBV ratio 1.{n:1-9}.
        ====
        ms> New enhancing lesion in keeping with active demyelination.
        gbm> Pseudoprogression, RANO stable.
        norm> No acute finding on MRI of the brain.
        pit> Pituitary microadenoma of {mm}.
        iam> Intracanalicular schwannoma, Koos as above.
        """
    ),
    "spine_mr": _family(
        """
        lum> MRI LUMBAR SPINE WITHOUT CONTRAST
        lum> MR LS spine
        cer> MRI CERVICAL SPINE
        who> MRI Whole Spine
        ====
        lum> lumbar spine MRI
        MRI spine
        cer> cervical MRI
        ====
        lum> Low back pain radiating to [left|right] leg, SLR 40 degrees.
        lum> ?cauda equina, saddle numbness.
        cer> Neck pain, Hoffmann positive, mJOA 13.
        who> Myeloma, cycle 4 VRd.
        ====
        lum> Sagittal T1, T2, STIR; axial T2 L3-S1. GE Signa 1.5 T.
        cer> Sag T1/T2, axial T2* C2/3-T1. FOV 28.
        who> Sag T1, STIR and Dixon whole spine in two stacks.
        ====
        lum> {disc}: broad-based disc bulge with mild bilateral foraminal narrowing.
        lum> L5/S1: {mm} {side} paracentral extrusion contacting the traversing S1 root.
        lum> Modic type {n:1-2} endplate change at {disc}.
        lum> Pfirrmann grade {n:2-5} at {disc}; Schizas B.
        lum> Baastrup change at L4/5. Tarlov cyst at S2, {mm}.
        lum,who> The conus ends at L1. Schmorl's nodes at {lvl}.
        lum,who> Vertebral haemangioma in {lvl}, seen in {year}.
        lum> Bertolotti: Castellvi IIa transitional vertebra on the {side}.
        who> Scheuermann-type wedging of T8 to T11.
        cer> Cord signal normal at C5-6 and C6-7.
        cer> C5/6: disc osteophyte complex, {mm} canal, Kang grade 2.
        cer> Luschka joint hypertrophy narrows the {side} C6 exit foramen.
        who> Genant grade {n:1-3} wedge fracture of {lvl}.
        who> STIR high focus in {lvl} {simg}, {mm}.
        lum> Meyerding grade 1 anterolisthesis of L4 on L5, {mm}.
        ====
        lum> {Side} L5/S1 extrusion with S1 root compression.
        lum> Multilevel spondylosis, worst at {disc}. No cauda equina compression.
        cer> Cervical spondylosis without myelopathic signal.
        who> SINS score {n:5-12} at {lvl}.
        """
    ),
    "joint_mr": _family(
        """
        acl,men> MRI KNEE {SIDE}
        acl,men> MRI KNEE {SIDE} WITHOUT CONTRAST
        sho> MR Shoulder {SIDE}
        sho> MR ARTHROGRAM SHOULDER {SIDE}
        ank> MRI ANKLE {SIDE}
        ====
        acl,men> knee MRI
        sho> MRI shoulder
        ank> ankle MRI
        ====
        acl> Twisting injury at football, Lachman positive.
        men> Locked knee, McMurray +.
        sho> Supraspinatus tear? Hawkins and Neer positive.
        ank> Morton's neuroma? Mulder click.
        ====
        acl,men,ank> PD FS in three planes, 18 channel coil.
        sho> 12 mL dilute Magnevist via anterior approach under fluoroscopy, then FS T1.
        sho> Coronal oblique T2 FS, sagittal T1, axial PD FS.
        ====
        acl,men> Baker's cyst of {dim2}.
        acl> Complete ACL tear with Segond fracture and pivot-shift marrow oedema.
        acl,men> Outerbridge grade {n:2-4} chondral loss over the [medial femoral condyle|patella].
        acl,men> Hoffa's fat pad oedema; Pellegrini-Stieda calcification of the MCL.
        men> Horizontal tear of the posterior horn, Stoller 3, {simg}.
        acl,men> Osgood-Schlatter sequelae. Insall-Salvati ratio 1.{n:10-34}.
        sho> Bankart lesion at 3 to 6 o'clock with Hill-Sachs defect {mm} deep.
        sho> Goutallier stage {n:1-3} fatty infiltration.
        sho> Full-thickness supraspinatus defect {dim2} {simg}.
        sho> Buford complex; no SLAP tear.
        sho> DePuy anchors from {year} repair are well seated.
        ank> Kager's fat is clear. Haglund deformity of the calcaneus.
        ank> Lisfranc ligament intact. Freiberg infraction of the 2nd head.
        ank> Peroneus brevis split; os trigonum, Stieda process.
        ====
        acl> ACL rupture, with ramp lesion.
        sho> Full-thickness supraspinatus tear, Patte 2.
        men> Medial meniscal tear. Baker's cyst.
        ank> Haglund syndrome. Lisfranc joint intact.
        """
    ),
    "prostate_mr": _family(
        """
        MRI PROSTATE MULTIPARAMETRIC
        mpMRI prostate
        ====
        prostate MRI
        mpMRI
        ====
        PSA 8.4, rising, DRE T1c.
        Gleason 3+3 on active surveillance.
        ====
        3T, no endorectal coil, b1400, 10 mL Dotarem at 3 mL/s, Buscopan 20 mg.
        ====
        Gland volume {n:28-96} cc; PSA density 0.{n:10-31}.
        PI-RADS 4 lesion, left mid PZpl, {mm} {simg}.
        PI-RADS 2 transition zone nodules throughout.
        Denonvilliers fascia preserved. No Cowper's gland lesion.
        Obturator node {mm}. Santorini plexus normal.
        ====
        PI-RADS 4. Fusion biopsy, UroNav.
        Likert 2, no target.
        Gleason grade group 2 if the biopsy agrees; T2a.
        """,
        sex="M",
        ages=(47, 84),
    ),
    "abdomen_us": _family(
        """
        gb> US ABDOMEN COMPLETE
        gb> ULTRASOUND RUQ
        gb,liv> USG WHOLE ABDOMEN
        ren> US Renal tract
        liv> Ultrasound Liver with Doppler
        ====
        abdominal ultrasound
        ultrasound
        US abdomen
        ====
        gb> RUQ pain, ALT 212, Murphy positive.
        ren> AKI, creatinine 3.1, ?obstruction.
        liv> HCC surveillance, Child-Pugh A, HBV.
        liv> Raised ALT 94, BMI 37.
        ====
        Curvilinear 1-6 MHz, GE Logiq E10.
        Transabdominal, volumes by the ellipsoid formula.
        ====
        gb,liv> Common bile duct {n:3-9} mm. Gallbladder wall {n:2-7} mm, sonographic Murphy sign [negative|positive].
        gb,liv> Liver span {n:12-18}.{n:0-9} cm, increased echogenicity, grade {n:1-3} fatty change.
        Right kidney {n:9-12}.{n:0-9} cm; left kidney {n:9-12}.{n:0-9} cm.
        gb> Hartmann's pouch stone {mm}.
        liv> Portal vein flow hepatopetal, {n:14-32} cm/s, RI 0.{n:58-74}.
        gb,liv> Spleen {n:9-14} cm. No ascites. Morison's pouch dry.
        ren> Columns of Bertin are prominent. No PUJ dilatation.
        ren> Post void residual {n:5-180} ml. Ureteric jets seen.
        liv> Metavir F{n:0-3} by FibroScan {n:4-11} kPa in {year}.
        ====
        gb> Cholelithiasis.
        liv> Fatty liver. LI-RADS US-1.
        ren> No hydronephrosis.
        liv> Steatosis. No focal lesion.
        """
    ),
    "thyroid_us": _family(
        """
        US THYROID
        ULTRASOUND NECK
        USG Neck
        ====
        thyroid ultrasound
        neck ultrasound
        ====
        Hashimoto's, TSH 7.8, on Synthroid 75 mcg.
        Palpable lump. Graves treated with I-131 in {year}.
        ====
        Linear 15 MHz, Philips EPIQ 7.
        ====
        Right lobe {dim3}. Left lobe {dim3}. Isthmus {n:2-5} mm.
        TR4 nodule of {dim3} in the {side} lower pole (nodule #{n:1-3}).
        U3 nodule in the {side} mid pole {mm}.
        Warthin tumour in the {side} parotid tail, {cm}. Wharton's duct not dilated.
        Level II node {mm} with fatty hilum. Delphian node not seen.
        Zuckerkandl tubercle on the {side}.
        ====
        TI-RADS 4, FNA per ACR 2017.
        Hashimoto thyroiditis. No nodule.
        Bethesda III in {year}; stable.
        """
    ),
    "obstetric_us": _family(
        """
        US OB 2ND/3RD TRIMESTER
        Anomaly scan
        US PREGNANCY, DATING
        OBSTETRIC ULTRASOUND (GROWTH)
        ====
        obstetric ultrasound
        OB scan
        ====
        G3P1011, anatomy survey.
        SFH small for dates. On labetalol 200 mg.
        PV bleeding, hCG 4,210.
        ====
        Transabdominal and transvaginal, Voluson E10.
        ====
        BPD {n:44-52} mm, HC {n:168-190} mm, AC {n:142-166} mm, FL {n:29-36} mm.
        Single live fetus, cephalic. FHR {n:128-158} bpm.
        EFW {n:310-2900} g, {n:12-84}th centile (Hadlock 4).
        AFI {n:8-18} cm. Placenta anterior, Grannum grade {n:0-2}, clear of the os.
        Composite gestational age {wk}.
        Uterine artery PI 0.{n:70-99}, no notch. MCA Vmax 1.{n:10-40} MoM.
        Nabothian cyst in the cervix; length {n:29-44} mm.
        Wharton's jelly normal, three-vessel cord.
        ====
        Normal growth, {wk}.
        No anomaly found at {wk}. Four chamber and outflow tract views obtained.
        Placenta low-lying, rescan at 32/40.
        """,
        sex="F",
        ages=(18, 44),
    ),
    "vein_us": _family(
        """
        no,dvt> US VENOUS DOPPLER LOWER EXTREMITY {SIDE}
        no,dvt> Doppler {side} leg
        no,dvt> DVT ULTRASOUND
        car> VAS CAROTID DUPLEX
        ====
        venous Doppler
        duplex
        ====
        no,dvt> Swollen calf, Wells 3.
        no,dvt> Calf pain after long flight. Homans +.
        car> TIA, ABCD2 score 5.
        ====
        Grey scale, colour and spectral, Mindray Resona 7.
        ====
        no> The common femoral, femoral and popliteal veins compress fully.
        dvt> Occlusive thrombus in the {side} popliteal vein over {cm}.
        no,dvt> Giacomini vein patent; perforator of Cockett {mm}.
        no> Ruptured Baker's cyst tracking to the calf.
        dvt> May-Thurner anatomy not assessed.
        car> {Side} ICA PSV {n:82-310} cm/s, EDV {n:22-110} cm/s, ratio {n:1-4}.{n:0-9}.
        car> Vertebral flow antegrade. St Mary's ratio {n:6-12}.
        ====
        no> No DVT.
        dvt> Acute {side} popliteal DVT.
        car> Stenosis 50-69% by SRU criteria.
        """
    ),
    "fluoroscopy": _family(
        """
        zen,ref> FL BARIUM SWALLOW
        ref> UPPER GI SERIES
        asp> MODIFIED BARIUM SWALLOW
        post> WATER SOLUBLE SWALLOW
        ref,zen> Ba swallow and meal
        ====
        barium swallow
        UGI
        fluoroscopy
        ====
        zen> Dysphagia, Eckardt 6.
        ref> Los Angeles grade B esophagitis on Nexium 40 mg.
        post> Day 2 Roux-en-Y, leak?
        post> LAP-BAND fill review.
        asp> Cough with thin fluids, CVA {year}, SLT request.
        ====
        zen,ref> E-Z-HD barium and Baros granules. Screening time {n:1-4} min {n:10-50} s, DAP {n:180-980} cGy.cm2.
        zen,ref,asp> Thin and thick barium, 13 mm tablet; fluoroscopy time 2.4 minutes, 42 images.
        post> 50 mL Omnipaque 300 by mouth, erect.
        ====
        zen> Zenker's diverticulum of {cm} at C6.
        ref> Schatzki ring {n:11-18} mm; the tablet held up for {n:10-40} seconds.
        asp> Penetration-aspiration scale (Rosenbek) {n:1-6} with thin liquid.
        asp> No residue in the valleculae with IDDSI level 4.
        post> No leak from the anastomosis; rapid flow to the Roux limb.
        ref> Nissen wrap intact and below the diaphragm.
        zen> Killian-Jamieson pouch, small. Plummer-Vinson web not seen.
        ref> Reflux to T4 with Valsalva, cleared in {n:10-90} s.
        ref> Barrett's cannot be excluded, Prague C2M4 at endoscopy in {year}.
        zen,ref> Treitz ligament in normal position.
        post> Phi angle {n:30-58} degrees, pouch {n:2-4} cm.
        ====
        zen> Zenker diverticulum.
        post> No leak.
        asp> Silent aspiration of thin fluid. Speech therapist to advise.
        ref> Small sliding hernia, Schatzki ring.
        """
    ),
    "nuclear": _family(
        """
        bone> NM BONE SCAN WHOLE BODY
        vq> V/Q SCAN
        hida> NM HEPATOBILIARY (HIDA)
        mpi> MYOCARDIAL PERFUSION SPECT
        pet> PET/CT SKULL BASE TO MID THIGH
        pet> FDG PET-CT
        thy> NM Thyroid uptake
        dat> DaTscan
        bone> Isotope bone scan
        ====
        bone> bone scan
        pet> PET/CT
        nuclear medicine study
        ====
        bone> Back pain, ALP 412, known primary.
        pet> Hodgkin lymphoma, after 2 cycles ABVD.
        hida> Biliary dyskinesia, EF?
        mpi> Atypical chest pain, Bruce protocol 7 METs.
        dat> Parkinson's or essential tremor?
        vq> ?PE, allergic to iodinated contrast.
        thy> Graves, TSH <0.01.
        ====
        bone> {n:18-26} mCi Tc-99m MDP IV, imaged at 3 hours.
        pet> {n:210-390} MBq F-18 FDG, uptake 61 minutes, glucose {n:4-8}.{n:0-9} mmol/L.
        mpi> Tc-99m sestamibi 10/30 mCi, Lexiscan 0.4 mg/5 mL.
        hida> 5 mCi Choletec, CCK 0.02 mcg/kg over 60 minutes.
        vq> Technegas, then 4 mCi Tc-99m MAA.
        thy> I-123 capsule, 300 uCi, at {time}.
        dat> 185 MBq I-123 ioflupane, Lugol's iodine before.
        ====
        bone> Uptake at {lvl} and the {side} {n:4-9}th rib.
        bone> Paget's in the {side} hemipelvis as in {year}.
        bone> Perugini grade 0 on amyloid view.
        pet> SUVmax {n:2-6}.{n:0-9} in the station 7 node {simg}.
        pet> Lugano complete metabolic response; liver SUVmean 2.{n:0-9}.
        pet> Node of Virchow not avid. Waldeyer ring physiological.
        hida> Gallbladder ejection fraction {n:8-29}% at 60 minutes.
        hida> Bowel activity at {n:18-42} min. Rim sign absent.
        mpi> LVEF {n:48-71}%, TID ratio 1.{n:10-24}. Duke score {n:3-9}.
        mpi> Summed stress score 2, rest score 2; Cedars QPS.
        vq> Matched defect at the {lobe}; modified PIOPED II applied.
        vq> Fissure sign. No mismatched defect.
        thy> 24 hour uptake {n:41-81}%. Pinhole on the {side}.
        dat> Reduced {side} putaminal binding; Z -3.{n:1-9}. Hoehn and Yahr 2 clinically.
        ====
        bone> No osseous metastasis. Paget disease of the pelvis.
        pet> Deauville 2: complete metabolic response.
        vq> Low probability for PE.
        hida> Low ejection fraction.
        mpi> No reversible defect.
        thy> Diffuse toxic goitre (Graves).
        dat> Presynaptic deficit, consistent with Parkinson's disease.
        """,
        ages=(41, 89),
    ),
    "mammography": _family(
        """
        neg,ben> MG SCREENING BILATERAL WITH TOMOSYNTHESIS
        mal> DIAGNOSTIC MAMMOGRAM {SIDE}
        mal,ben> Bilateral mammography and ultrasound
        bx> MG Stereotactic biopsy {side}
        ====
        mammogram
        mammography
        ====
        neg,ben> Screening. Gail 5-year risk 1.9%.
        mal> Lump at 2 o'clock, 6 cm FN.
        neg,ben> BRCA2, Tyrer-Cuzick 24%.
        bx> Grouped calcification, BI-RADS 4B.
        ====
        CC and MLO views, Hologic Selenia Dimensions, C-View. ImageChecker CAD was applied.
        mal> Spot magnification ML/CC at 1.8x, 29 kVp.
        ====
        Density [B|C], scattered fibroglandular tissue.
        mal> {mm} spiculated mass at {n:1-12} o'clock, {n:3-9} cm from the nipple.
        ben> Coarse popcorn calcification, as in {year}.
        bx,mal> Grouped amorphous calcifications, {n:4-19} mm, {side} upper outer quadrant.
        mal> Cooper's ligaments are thickened.
        neg,ben> Montgomery tubercle accounts for the skin density.
        ben> Mondor's cord {side} at 9 o'clock on ultrasound.
        bx> HydroMARK clip in place; 9G Eviva, {n:6-14} cores, Faxitron positive.
        ben,neg> Twirl clip {side}, benign in {year}.
        ====
        neg> BI-RADS 1. Negative.
        ben> BI-RADS 2, benign.
        mal> BI-RADS 4C. Ultrasound guided biopsy is advised.
        mal> M4/U4, for core biopsy.
        bx> Technically satisfactory biopsy; histology to follow.
        """,
        sex="F",
        ages=(39, 84),
    ),
    "bone_film": _family(
        """
        colles,nowrist> XR WRIST {SIDE} 3 VIEWS
        nof,thr> XR HIP AND PELVIS
        weber,noank> ANKLE 3V {SIDE}
        hand> XR HAND BOTH
        knee> XR KNEE {SIDE} AP/LAT/SKYLINE
        foot> DX FOOT {SIDE}
        sho> XR Shoulder {side} with Y view
        ====
        colles,nowrist> wrist radiographs
        nof,thr> pelvic film
        radiograph
        plain film
        ====
        colles,nowrist> FOOSH, snuffbox tender.
        weber,noank> Ottawa ankle rules positive.
        thr> Post THR, Vancouver B2?
        hand> RA on Enbrel, DAS28 4.1.
        nof> Shortened and externally rotated, unable to SLR.
        knee> OA knee, Oxford score 22.
        foot> Inversion injury, tender base of 5th.
        sho> ?dislocation, Kocher reduction tried.
        ====
        colles,nowrist,weber,noank,foot> AP, oblique and lateral.
        knee> Weight-bearing AP and Rosenberg views; Merchant view at 45 degrees.
        nof,thr> AP pelvis and cross-table lateral.
        hand> PA and Norgaard views.
        sho> Grashey, Y and axillary views.
        ====
        colles> Colles fracture with {n:8-24} degrees dorsal tilt; ulnar styloid avulsed.
        nof> Garden 4 neck of femur fracture, Pauwels II.
        nof,thr> Shenton's line interrupted on the {side}; Dorr type B femur.
        weber> Weber B fracture, talar shift {n:2-4} mm.
        weber,noank> Stieda process and os trigonum. Boehler angle {n:26-36} degrees.
        noank> No fracture line. Soft tissue swelling laterally.
        knee> Kellgren-Lawrence grade {n:2-4} change in the medial compartment.
        knee> Stryker Triathlon TKR on the other side well aligned.
        knee> Pellegrini-Stieda and Osgood-Schlatter sequelae.
        foot> Jones fracture at the base of the 5th metatarsal.
        foot> Lisfranc interval {n:1-2} mm. Freiberg change at the 2nd head.
        thr> Zimmer stem, 3 mm lucency in Gruen zones 1 and 7. Brooker class II bone.
        hand> Heberden and Bouchard nodes. Boutonniere of the ring finger.
        hand> Erosions; Sharp score {n:11-74}, unchanged since {year}.
        nowrist> Gilula arcs preserved. Kienböck change not seen.
        colles,nowrist> Ulnar variance {n:1-3} mm. No Galeazzi injury.
        sho> Hill-Sachs defect and bony Bankart fragment, {mm}.
        ====
        colles> Acute Colles fracture.
        nowrist,noank> No acute bony injury. If pain goes on past 10-14 days, repeat.
        nof> Displaced intracapsular NOF fracture, Garden IV.
        knee> Moderate OA, KL 3.
        foot> Acute Jones fracture.
        weber> Weber B fracture with talar shift.
        thr> Vancouver B2 pattern cannot be excluded. Loosening likely.
        hand> Erosive arthropathy, stable.
        sho> Located joint; Hill-Sachs defect.
        """,
        ages=(6, 89),
    ),
    "line": _family(
        """
        picc> IR PICC PLACEMENT
        perm> Tunneled dialysis catheter exchange
        picc> ULTRASOUND GUIDED PICC
        port> PORT PLACEMENT
        ng> XR ABDOMEN NG TUBE CHECK
        neph> Nephrostomy exchange {side}
        ====
        line placement
        catheter check
        ====
        picc> Long term vancomycin 1.25 g q12h.
        picc> TPN. Poor access.
        perm> ESRD, Permcath not working.
        port> Chemotherapy, needs port.
        ng> Ryles tube, aspirate pH 6.
        neph> Routine 3 monthly change, Cook catheter.
        ====
        picc,perm,port,neph> Sterile prep with ChloraPrep, 1% lidocaine {n:4-10} ml, micropuncture, Seldinger technique.
        perm,port,neph> Fluoroscopy time 1.{n:1-9} min, {n:6-44} mGy. Versed 2 mg and fentanyl 100 mcg.
        ng> Supine AP at {time}.
        ====
        picc> 5 Fr double lumen PowerPICC, {n:38-46} cm, {side} basilic vein, tip at the cavoatrial junction.
        port> Bard 8 Fr PowerPort in the {side} chest wall.
        perm> 14.5 Fr Palindrome, {n:19-28} cm tip to cuff, flushed with heparin 1000 U/mL.
        neph> Amplatz wire 0.035 passed; Kumpe and Cobra catheters used.
        neph> Cook 10.2 Fr Mac-Loc in the {side} renal pelvis.
        picc,perm,port,neph> Time-out at {time}; EBL < 5 mL; ASA III, Mallampati 2.
        port,perm> 2-0 Prolene and Dermabond to skin.
        port,perm> Trendelenburg position was kept until the sheath was out.
        ng> Tube crosses the diaphragm in the midline, tip over the gastric body.
        ng> Greenfield filter and Harrington rod noted.
        ====
        picc,port> Technically successful placement. Ready to use.
        ng> NG tube tip below the diaphragm, safe to feed.
        perm,neph> Exchange over Amplatz wire. No complication (SIR A).
        """
    ),
    "child": _family(
        """
        vur> VCUG
        vur> MICTURATING CYSTOURETHROGRAM
        age> XR BONE AGE LEFT HAND
        elb> XR ELBOW {SIDE}
        hip> XR PELVIS FROG LATERAL
        wil> US ABDOMEN PAEDIATRIC
        ====
        paediatric study
        vur> VCUG
        ====
        vur> Febrile UTI x 2, E. coli.
        age> Short stature, Tanner 2.
        elb> Fell off trampoline, swollen elbow.
        hip> Limp, ?Perthes.
        wil> Beckwith-Wiedemann, 3 monthly screen.
        ====
        vur> 8 Fr feeding tube, {n:60-210} ml Cystografin by gravity.
        age> Single PA view.
        elb> AP and lateral.
        wil> 4-9 MHz curved and linear probes.
        ====
        vur> Grade {n:1-4} reflux on the {side}.
        vur> No Hutch diverticulum; no posterior valve.
        age> Bone age by Greulich and Pyle within 2 SD. Risser 0.
        age> Tanner-Whitehouse 3 score agrees.
        elb> Gartland II supracondylar fracture, Baumann angle {n:70-82} degrees.
        elb> Anterior humeral line passes through the anterior third of the capitellum.
        hip> Hilgenreiner and Perkin lines normal. Shenton line intact.
        hip> Fragmented left epiphysis, Catterall 2, Herring B.
        wil> No Wilms tumour. Riedel lobe.
        ====
        vur> {Side} VUR as graded above.
        age> Bone age is normal.
        elb> Gartland type II fracture.
        hip> Perthes disease.
        wil> No Wilms tumour seen.
        """,
        ages=(2, 12),
    ),
}

CLASSES: dict[str, tuple[str, ...]] = {
    "chest_film": ("film", "chest"),
    "chest_ct": ("ct", "chest"),
    "abdomen_ct": ("ct", "abd", "liver"),
    "head_ct": ("ct", "head"),
    "brain_mr": ("mr", "head"),
    "spine_mr": ("mr",),
    "joint_mr": ("mr", "bone"),
    "prostate_mr": ("mr",),
    "abdomen_us": ("son", "abd", "liver"),
    "thyroid_us": ("son",),
    "obstetric_us": (),
    "vein_us": ("son",),
    "fluoroscopy": ("abd",),
    "nuclear": ("pet",),
    "mammography": (),
    "bone_film": ("film", "bone"),
    "line": ("line",),
    "child": (),
}

TRAPS: dict[str, tuple[str, ...]] = {
    "history": _lines(
        """
        Grade 3/6 murmur on referral.
        chest> ICD-10 [J18.9|R91.1].
        bone> ICD-10 S52.501A.
        abd> ICD-10 R10.31.
        head> ICD-10 [R51.9|G93.40].
        pet> ICD-10 C34.11.
        Clarithromycin stopped last week; Xarelto 20 mg held x 48 h.
        Takes warfarin, Norvasc, Crestor and Advair.
        Takes Lantus, Lasix and Singulair.
        Allergic to Augmentin. On Humira since {year}.
        Post CABG {year}, appendicectomy {year}, cataracts {year}.
        Bell's palsy {year}; Raynaud's; Dupuytren's on the {side}.
        Known Marfan and Graves. Addison's excluded in {year}.
        PMH: Crohn's, Barrett's, Ménière's.
        Pain scale 7/10.
        abd> McBurney point tenderness. Grey Turner sign absent.
        abd> CA 19-9 {n:18-420}; CEA {n:2-40}; AFP 6.
        abd> Rockall 3, Glasgow-Blatchford 6.
        chest> Smoked from {yearold} to {yearmid}.
        chest> CURB-65 {n:0-4}, APACHE II {n:8-22}.
        chest> ABG 7.31/48/71 on FiO2 0.4. BP 138/84, HR 92, SpO2 94%.
        head> CHA2DS2-VASc {n:1-6}, HAS-BLED 2.
        head> Lhermitte negative. Babinski down on both sides.
        bone> Tinel and Phalen negative. Power 4/5.
        pet> Karnofsky 80; ECOG 1.
        ct,mr> Creatinine {n:0-1}.{n:6-9} mg/dL, eGFR {n:58-98}, Hb {n:10-15}.{n:0-9}, INR 1.{n:0-4}.
        Seen at 10/12 and again at 18/12, both normal.
        Symptoms for 3/7, worse over 1/52.
        """
    ),
    "technique": _lines(
        """
        ct> DLP {n:210-980} mGy-cm, CTDIvol {n:4-28}.{n:1-9} mGy, SSDE {n:5-30} mGy.
        ct,mr> Given Ativan 1 mg PO before the scan, Zofran 4 mg after.
        mr> Screened in the MRI waiting room at {time}.
        ct> Quantified with Syngo.via and Vitrea; recon kernel Br40, 512 x 512.
        ct> Windowed at 1500/-600 and 350/40.
        ct> AI triage (Aidoc, Viz LVO) was negative at {time}.
        line> Aldrete 10/10 at {time}.
        mr> Slice 3 of 48, FOV 320, TR 4200 TE 92, flip 150, NEX 2.
        film> Room 2, 100 cm SID, Fuji FDR.
        film> Agfa DX-D 100, exposure index 1.{n:1-9}.
        There are {n:2-9} images in 2 series.
        Study began at {time}.
        ct,mr,pet> BMI {n:21-47}.{n:1-9}, weight {n:48-134} kg, height {n:150-190} cm.
        Version 3.2 of the reporting template was used.
        son,mr> 10/12 images were of diagnostic quality.
        Limited by body habitus; motion grade 2/4.
        film,chest> CPT 71046.
        abd> CPT 74177.
        mr> CPT [70553|73221].
        Time-out {time}, room 4.
        """
    ),
    "findings": _lines(
        """
        ct,mr,pet> Measured on series {ser}, image {img}; reference line at {lvl}.
        ct,mr,pet> [Se|Series] {ser} / [im|image] {img} is the best illustration.
        ct> HU of {n:12-88} in an ROI of {n:40-210} mm2.
        mr> T1/T2 mismatch over 1/2 of the slice.
        film,bone> Smith & Nephew and Biomet hardware elsewhere, intact.
        chest> Watchman device and Edwards SAPIEN 3 valve, 26 mm.
        abd> Amplatzer plug and Greenfield filter in place.
        chest> Hampton, Rigler and Westermark signs absent.
        bone> No Charcot change. Sudeck's is not favoured.
        Key images 3, 7 and 12 were marked.
        Nothing new since {year}.
        Fiducial marker (Visicoil) from {year} unchanged.
        Stable Lipiodol staining since {year}.
        ct,mr> Tarlov cyst at S2, {mm}. Bertolotti segment at L5.
        ct,mr> Thornwaldt and Baker type cysts not seen.
        abd> Peyer's patches and Meckel's region normal; Riedel lobe.
        abd> Reference node 3/{img}, {mm}.
        chest> Kerley lines absent. Bochdalek defect on the {side}, {mm}.
        head> Virchow-Robin space {mm}; Sylvian cyst (Galassi 1).
        film> Film 2 of 3 rotated; 9/10 ribs seen.
        bone> Bouchard and Heberden nodes. Wiberg II patella.
        son> Aixplorer 2.1 m/s; image 14 of 36.
        pet> Liver 2.{n:1-9}, blood pool 1.{n:1-9}; image 3/{img}.
        line> Tip at T6 level; 3/4 of the cuff seen.
        Artefact from jewellery (Pandora) and a Fitbit.
        """
    ),
    "end": _lines(
        """
        Please see Impression #2 above.
        See also finding #3 on key image {n:2-9}.
        liver> Milan criteria and BCLC (Barcelona) would apply.
        bone> Ottawa rules were applied.
        ct,mr> The 2017 ACR white paper advises no follow-up.
        May be followed by the Mayo protocol if symptoms persist.
        Repeat in [6/52|3/12|10-14 days] if no better.
        ACR appropriateness score 8/9.
        Trial of Gaviscon, Lasix or NSAID is at the referrer's discretion.
        """
    ),
}

PLAIN_COMPARE: tuple[str, ...] = _lines(
    """
    None.
    None available.
    No prior.
    Nil previous.
    Prior [study|exam] from {year}.
    [Films|Images] of {year} and {year}.
    Report only of the {year} study.
    Not available at the time of dictation.
    Multiple previous, the oldest from {year}.
    Earlier today at {time}.
    """
)

PLAIN_COMMUNICATION: tuple[str, ...] = _lines(
    """
    Findings were discussed with the ordering physician by telephone at {time}.
    The referring team has been informed by phone at {time}.
    ct,chest,head,abd,film> Critical result called to the ED attending at {time}; read back confirmed.
    ct,chest,head,abd> Flagged red on the system at {time} for the on-call registrar.
    ct,chest,line,film> The charge nurse was told at {time}.
    Result relayed to the family doctor's office at {time}.
    Fail-safe alert sent.
    No urgent communication needed.
    """
)

PLAIN_CLOSING: tuple[str, ...] = _lines(
    """
    END OF REPORT
    Electronically signed by the attending radiologist at {time}.
    I have personally reviewed the images and agree with the above.
    Reported but not verified.
    Dictated with PowerScribe 360; there may be errors of transcription.
    Dragon dictation was used. Sound-alike errors may occur.
    *** Final ***
    Reported by consultant radiologist.
    This report was checked by two readers.
    Thank you for this referral.
    Transcribed and unread.
    """
)

PLAIN_HISTORY: tuple[str, ...] = _lines(
    """
    {age}-year-old {man}. {reason}
    {age}-year-old {man} with the following. {reason}
    {age} y/o {man}. {reason}
    {age}yo {M}. {reason}
    {reason}
    {reason} No previous surgery.
    {age} year old {man}. {reason}
    {reason} NKDA.
    {reason} Reported by {his} {kin} as getting worse.
    uk,ie,au> GP ref. {reason}
    us> Per ED note at {time}. {reason}
    {reason} Lives with {his} {kin}.
    {reason} ?cause
    """
)
