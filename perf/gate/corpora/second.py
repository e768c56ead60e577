"""A second corpus of 1,000 radiology reports with planted patient data, written without a look at the gate's rules.

Nobody tuned a rule to what its first measure missed: it is there to say what the gate does with reports that it does
not know. `python -m perf.gate.reports --corpus second` measures it. The first corpus has lost that worth, because its
makers had seen shapes of missed plants before the rules were changed.

Every fifth report is without a plant. What is planted, by whom and how often was settled before the first measure.
"""

from __future__ import annotations

import random
import re

from perf.gate.corpora import second_exams as exams
from perf.gate.corpora import second_people as people
from perf.gate.corpora.second_exams import Exam
from perf.gate.corpora.second_people import Scene

SLOT = re.compile(r"{(\w+)}")
CASES = ("as written", "upper", "lower")
CASE_WEIGHTS = (70, 18, 12)

HEADERS = (
    (
        "PATIENT NAME: {pt_head}\nMRN: {mrn}\nDOB: {dob}\n"
        "ACCESSION: {acc}\nDATE OF EXAM: {today}\nREFERRING: {ref_head}, {cred}"
    ),
    (
        "Name: {pt_head}    Sex: {s}    DOB: {dob}\nUnit number: {mrn}    Location: Rm {room}\n"
        "Ordering provider: {ref_head}\nExam date: {today}"
    ),
    (
        "{hospital}\nDepartment of Radiology\n{street}, {town}, {state} {zip}\nTel {phone}  Fax {fax}\n"
        "\nPatient: {pt_head}\nDate of birth: {dob}\nMed rec #: {mrn}\nAcct #: {acct}"
    ),
    "Patient: {pt_head} | MRN {mrn} | DOB {dob} | Acc {acc}",
    "Pt Name:\t{pt_head}\nPt ID:\t{mrn}\nStudy Date:\t{today}\nReq. Phys.:\t{ref_head}\nTech:\t{tech_head}",
    "{pt_head}  {mrn}  {dob}  {s}\n{today}  {acc}",
    "RE: {pt_head}\nDOB: {dob}\nYour ref: {mrn}\nExam performed: {today} at {hospital}",
    "NAME {pt_head}\nHOSP NO {mrn}\nD.O.B. {dob}\nWARD {ward}\nCONSULTANT {ref_head}\nREPORTED {today}",
    (
        "Patient Name: {pt_head}\nAddress: {street}\n{town}, {state} {zip}\n"
        "Home phone: {phone}\nSSN: {ssn}\nFIN: {acct}\nDate of service: {today}"
    ),
    "MR#: {mrn}   PT: {pt_head}   AGE: {old_number}   SEX: {s}\nORDER #: {acc}   ATTENDING: {ref_head}",
    "<Patient>{pt_head}</Patient><ID>{mrn}</ID><Exam>{acc}</Exam><Performed>{today}</Performed>",
    "Last name: {pt_family}\nFirst name: {pt_given}\nBirthdate: {dob}\nChart no. {mrn}\nPCP: {ref}, {cred}",
    "Requested by: {ref_head} (pager {pager})\nPerformed: {today}, bed {room}, {ward}\nPatient: {pt_title} {pt}",
    (
        "EXAM DATE/TIME: {today} 09:42\nPROCEDURE #: {acc}\n"
        "PATIENT: {pt_head}\nVISIT #: {acct}\nTECHNOLOGIST: {tech_head}"
    ),
)
REASONS = (
    "{pt_title} {pt_family} is a {age}-year-old {sex} with chest pain.",
    "{old} {sex} found down at home in {town}.",
    "{old_words}-year-old {sex}, fall from bed. Lives with {his} {relation} {rel_given}.",
    "{pt_given} {pt_family} is an {old} {sex} s/p fall {part}.",
    "Pt transferred from {hospital}, {town}, on {part}.",
    "{age}{s}, referred by Dr. {ref_family} for pain since {part}.",
    "Fall on {date}, on blood thinners.",
    "s/p lap chole {date} by Dr {ref_family}, now febrile",
    "Follow up of nodule first seen {part}. Per {ref}, {cred}.",
    "Patient's {relation}, {rel}, reports worsening confusion.",
    "Transfer from {hospital}. Seen by Dr. {ref} in the ED.",
    "{old} with dyspnea, nursing home resident at {street}.",
    "Post op day 3, surgery {part} (Dr. {ref_given} {ref_family}).",
    "{pt_title} {pt_family} says pain began around {part}",
    "AGE: {old_number}. Weight loss.",
    "hx per pt {ini_pt}: MVA {date} near {town}",
)
COMPARISONS = (
    "{date}.",
    "{date} and {date}.",
    "CT dated {date}, MRI from {part}.",
    "Multiple priors, most recent {date}.",
    "Outside study from {hospital}, {date}.",
    "Study of {part}; older films not available.",
    "Accession {acc} of {date}.",
    "Chest x-ray {date} 0615 hours.",
    "None since {part}.",
)
MIDST = (
    "Findings were discussed with Dr. {ref_family} by telephone at 3:40 p.m. on {today}.",
    "Results called to {ref}, {cred}, at {phone}.",
    "Dr. {ref} was paged ({pager}) at 14:35 and the result read back.",
    "Critical result communicated to RN {res} at ext. {ext}.",
    "Case reviewed with {res_family} and {read_family}, who concur.",
    "{pt_title} {pt_family} tolerated the procedure well.",
    "{pt_given} was unable to lie flat, so images are limited.",
    "Patient {pt_family} declined contrast.",
    "The patient, {pt}, was positioned supine.",
    "Consent was obtained from {his} {relation}, {rel_title} {rel_family}.",
    "History obtained through {his} {relation} {rel_given} ({phone}).",
    "{rel}, the patient's {relation}, signed for {pt_given}.",
    "Technologist: {tech}, {tech_cred}.",
    "Images acquired by {tech_given}; motion artifact present.",
    "Per tech {tech_family}, patient was coughing throughout.",
    "Tech note ({ini_tech}): pt in wheelchair.",
    "Unchanged from {date}.",
    "The mass measured {cm} cm on {date} and {cm} cm on {part}.",
    "Compared with the study of {part}, the effusion has grown.",
    "Drain placed {part}, exchanged {date}.",
    "Last menstrual period {date}.",
    "Biopsy on {date} (path no. {acc}) showed granuloma.",
    "Pacemaker generator, serial number {device}, is seen over the left chest.",
    "Infusion port S/N {device}, MR conditional.",
    "Implant card: Medtronic, serial {device}, implanted {part}.",
    "Images were sent to {hospital} for a second opinion.",
    "Portable study done in room {room}.",
    "Patient seen at bedside, {ward} bed {room}.",
    "Please fax the report to {fax}, attn {ref_given}.",
    "E-mail {mail} with questions.",
    "A copy was sent to {mail}.",
    "Addendum entered by user {user} on {today}.",
    "Annotated by {user}.",
    "Wrong patient label on series 2: reads {pt_head}, {mrn}.",
    "Scout shows name plate {pt_head} {dob}.",
    "Patient was born {dob} in {town}.",
    "Patient lives at {street} in {town}, {state} {zip}.",
    "Patient is from {town} and works as a welder.",
    "{pt_title} {pt_given} {pt_family}'s prior films from {town} were not available.",
    "Insurance ID {acct}, preauthorization obtained.",
    "Billing account {acct}.",
    "Also see MRN {mrn} (duplicate jacket, maiden name {rel_family}).",
    "Previously filed under {pt_given} {rel_family}.",
    "Dr. {read_family}'s preliminary read agrees.",
    "This was first noted by {res}, {cred}.",
    "As Dr {ref_given} {ref_family} is away, call Dr {res_family} on {ext}.",
    "Radiologist {read} performed the exam with {tech_family} assisting.",
    "At {old_number} years of age, no further workup is advised.",
    "Given age {old_number}, conservative management.",
    "{pt_family} {pt_given} returned on {date} for spot views.",
    "Beeper {pager} covers until 0700.",
    "Nurse {res_given} removed the line.",
    "Drs. {ref_family} and {res_family} were at the bedside.",
    "Prof. {read_family} and Sister {res_family} informed.",
    "pls call dr {ref_family} at {phone} w results",
    "Interpreter {rel_given} assisted; {pt_given} {pt_family} speaks no English.",
    "Thank you for referring {pt_title} {pt_family}.",
)
SIGNATURES = (
    "Electronically signed by: {read}, {cred} on {today} at 4:12 PM",
    "Dictated by: {res}, {cred}\nAttending: {read}, {cred}",
    "Dictated by {ini_read}, transcribed {today}",
    "{ini_read}/{ini_typ}\nD: {today}  T: {today}",
    "Read by {read_head}",
    "Interpreting physician: {read}\nPager: {pager}",
    "Signed: {read}, {cred}\n{hospital}, {town}",
    "Radiologist: {read_head} / Resident: {res_head}",
    "Verified by {user} {today}",
    "Reported by: Dr {read_family}. Checked by {ini_res}.",
    "cc: {ref}, {cred}; {res}, {cred}",
    "CC: Dr. {ref_family}, {street}, {town}, {state} {zip}, fax {fax}",
    "Final report by {read} {today} 16:02\nTranscriptionist: {ini_typ}",
    "/s/ {read}",
    "{read}, {cred}\nTel: {phone}\n{mail}",
    "Approved: {read_family}, {cred}",
    "Performing technologist: {tech_head} {tech_cred}",
    "Workstation login {user}",
    "Preliminary: {ini_res}  Final: {ini_read}",
)
LETTERS = (
    (
        "{hospital}\n{today}\n\n"
        "Dear Dr. {ref_family},\n\nThank you for sending {pt_title} {pt} (DOB {dob}) for imaging. "
    ),
    "{today}\n\nRe: {pt}, {street}, {town}\n\nDear {ref_given},\n\nI saw this {age}-year-old {sex} on {date}. ",
    "Dear {pt_title} {pt_family},\n\nYour examination on {today} was read by Dr. {read_family}. ",
    "To: {ref}, {cred}\nFrom: {read}, {cred}\nRe: {pt}, MRN {mrn}\n\n",
)
NOTES = (
    "{pt_given} {pt_family} {old_number}{s} {mrn} ",
    "{today} addendum {ini_read}: ",
    "wet read {today} dr {read_family} - pt {pt_family} rm {room} - ",
    "prelim for {pt_family}, {pt_given} called to {ref_family} x{ext}. ",
    "{pt_title} {pt_family}, {age} {s}, seen {today}. ",
)


def marked_reports(seed: int, count: int) -> list[tuple[str, str]]:
    """So many reports by this seed, each with its plants marked as ⟦kind|text⟧, and the case it is to be put in."""
    draw = random.Random(seed)
    return [marked_report(draw, is_clean=index % 5 == 2) for index in range(count)]


def marked_report(draw: random.Random, *, is_clean: bool) -> tuple[str, str]:
    """One report; a clean one names nobody."""
    exam, scene = draw.choice(exams.EXAMS), Scene(draw)
    template = clean(draw, exam) if is_clean else planted(draw, exam)
    return filled(scene, template), draw.choices(CASES, CASE_WEIGHTS)[0]


def filled(scene: Scene, template: str) -> str:
    """The template with every slot drawn; an unknown slot is an error of the corpus."""

    def text(found: re.Match[str]) -> str:
        made = exams.number(scene.draw, found[1]) or people.fill(scene, found[1])
        if made is None:
            raise KeyError(found[1])
        return made

    return SLOT.sub(text, template)


def clean(draw: random.Random, exam: Exam) -> str:
    """A report without a plant."""
    body = sections(draw, exam, draw.choice(exam.reasons), draw.choice(exams.COMPARISONS), findings(draw, exam))
    return f"{body}\n\n{draw.choice(exams.CLOSINGS)}".strip()


def planted(draw: random.Random, exam: Exam) -> str:
    """A report that names people: with a form on top, bare, a letter, or a note in a hurry."""
    said = findings(draw, exam)
    for sentence in draw.sample(MIDST, draw.choice((1, 2, 2, 3, 4))):
        said.insert(draw.randrange(len(said) + 1), sentence)
    signature = "\n".join(draw.sample(SIGNATURES, draw.choice((1, 1, 2))))
    kind = draw.random()
    if kind < 0.12:
        return f"{draw.choice(LETTERS)}{' '.join(said)}\n\n{draw.choice(exam.impressions)}\n\n{signature}"
    if kind < 0.24:
        return draw.choice(NOTES) + " ".join(said)
    reason = draw.choice(REASONS if draw.random() < 0.6 else exam.reasons)
    comparison = draw.choice(COMPARISONS if draw.random() < 0.7 else exams.COMPARISONS)
    body = f"{sections(draw, exam, reason, comparison, said)}\n\n{signature}"
    return body if kind < 0.45 else f"{draw.choice(HEADERS)}\n\n{body}"


def findings(draw: random.Random, exam: Exam) -> list[str]:
    """Some sentences of the exam that name nobody."""
    return draw.sample(exam.findings, draw.randrange(4, 10))


def sections(draw: random.Random, exam: Exam, reason: str, comparison: str, said: list[str]) -> str:
    """The report's sections in one of the layouts of the trade."""
    exam_title, technique = draw.choice(exam.titles), draw.choice(exam.techniques)
    impression, text = draw.choice(exam.impressions), " ".join(said)
    full = (
        f"EXAM: {exam_title}\n\nHISTORY: {reason}\n\nTECHNIQUE: {technique}\n\nCOMPARISON: {comparison}\n\n"
        f"FINDINGS:\n{text}\n\nIMPRESSION:\n{impression}"
    )
    bare = f"{exam_title}\n\nClinical information: {reason}\nComparison: {comparison}\n\n{text}\n\nConclusion: {impression}"
    short = f"{exam_title.upper()}\nINDICATION: {reason}\nFINDINGS: {text}\nIMPRESSION: {impression}"
    listed = "\n".join(
        (
            f"Procedure: {exam_title}\nReason for study: {reason}\nPrior: {comparison}\nTechnique: {technique}",
            *(f"- {sentence}" for sentence in said),
            f"Opinion:\n{impression}",
        )
    )
    run_on = f"{exam_title}. {reason} {technique} Comparison is made to: {comparison} {text} IMPRESSION: {impression}"
    return draw.choice((full, bare, short, listed, run_on))
