"""Sentence shapes of the third synthetic corpus.

A slot stands in braces, a choice in square brackets with bars, ¶ is a line break, ‹ and › are square brackets that stay.
A line that begins with land codes and `>` is used in those lands only.
"""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a block that are not empty."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


# Labelled fields of a header, by what they hold.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": _lines(
        """
        Patient: {pt.hdr}
        PATIENT NAME: {pt.hdr}
        Patient Name: {pt.hdr}
        Name: {pt.hdr}
        NAME:  {pt.full}
        Pt Name: {pt.hdr}
        Pt: {pt.hdr}
        PATIENT: {pt.hdr} ({M}, {age}Y)
        Name of patient - {ttl} {pt.full}
        Patient Name......... {pt.hdr}
        Patient {pt.hdr}  Sex {M}
        uk,ie,au> Surname: {pt.sur}    Forename: {pt.given}
        uk,ie,au> SURNAME {pt.sur}  FIRST NAME {pt.given}
        us,ca> Last: {pt.sur}  First: {pt.given}
        in> PATIENT'S NAME : {ttl} {pt.full}
        RE: {pt.full}
        Patient Full Name = {pt.full}
        """
    ),
    "dob": _lines(
        """
        DOB: {dob}
        D.O.B.: {dob}
        Date of Birth: {dob}
        DATE OF BIRTH  {dob}
        Birthdate: {dob}
        Born: {dob}
        DoB {dob} ({age} y)
        d.o.b. - {dob}
        Birth Date.... {dob}
        DOB/Age/Sex: {dob} / {age}Y / {M}
        dob={dob}
        Dt of Birth {dob}
        """
    ),
    "age": _lines(
        """
        Age: {age}
        Age/Sex: {age} Y/{M}
        AGE: {age} YRS   SEX: {M}
        Age at exam: {age}
        {M}, {age} years
        Sex: {M}  Age: {age}y
        """
    ),
    "mrn": _lines(
        """
        MRN: {mrn}
        MR#: {mrn}
        MR #{mrn}
        Med Rec No: {mrn}
        Medical Record Number: {mrn}
        uk,ie,in> Hosp No: {mrn}
        uk,ie,au> Hospital number {mrn}
        uk,ie> Unit No. {mrn}
        in> UHID: {mrn}
        in> IP No. {mrn}
        au> URN: {mrn}
        au> UR No {mrn}
        Patient ID: {mrn}
        PID {mrn}
        us,ca> Chart #: {mrn}
        MRN......... {mrn}
        """
    ),
    "accession": _lines(
        """
        Accession: {acc}
        Accession Number: {acc}
        ACC#: {acc}
        Accession No.: {acc}
        ACCESSION {acc}
        Acc. {acc}
        Exam ID: {acc}
        Order #: {acc}
        RIS ref {acc}
        Request no. {acc}
        Study ID {acc}
        us,ca> Exam #{acc}
        Filler order: {acc}
        uk,ie,au> Exam ref: {acc}
        """
    ),
    "account": _lines(
        """
        us,ca> Account #: {acct}
        Acct No: {acct}
        us> FIN: {acct}
        us,ca> Visit #: {acct}
        us> CSN: {acct}
        Encounter: {acct}
        us> HAR {acct}
        uk,ie,au> Episode no. {acct}
        in> Bill No : {acct}
        us> Guarantor acct {acct}
        uk,au,ie> Invoice ref {acct}
        """
    ),
    "plan": _lines(
        """
        us> Member ID: {plan}
        us> Subscriber #: {plan}
        us> Ins. policy no. {plan}
        us> Medicare (MBI): {plan}
        us> Health plan ID {plan}
        us> Medicaid ID: {plan}
        uk,ie> Insurer membership no: {plan}
        uk,ie> Policy {plan}
        au> Medicare no: {plan}
        au> Medicare {plan}
        au> DVA File No. {plan}
        in> TPA card no. {plan}
        in> Policy No: {plan}
        ca> Extended health cert. {plan}
        ca> Group/policy {plan}
        """
    ),
    "national": _lines(
        """
        us> SSN: {ssn}
        us> Soc Sec No. {ssn}
        us> Social Security Number: {ssn}
        us> SS# {ssn}
        us> SSN (last 4): {ssn4}
        uk> NHS No: {nat}
        uk> NHS Number: {nat}
        uk> NHS no. {nat}
        uk> NHS: {nat}
        uk> NHS# {nat} (verified)
        ie> IHI: {nat}
        ie> PPSN {nat}
        ca> HCN: {nat}
        ca> Health Card: {nat}
        ca> PHN {nat}
        ca> OHIP # {nat}
        au> IHI No. {nat}
        au> IHI {nat}
        in> Aadhaar: {nat}
        in> ABHA No {nat}
        """
    ),
    "referrer": _lines(
        """
        Referring Physician: {ref.hdr}
        Ref Phys: {ref.hdr}
        Ordering Provider: {ref.hdr}, {cred}
        ORDERING MD: {ref.hdr}
        Requesting: Dr {ref}
        Requested by: {dr} {ref}
        uk,ie,au> Referrer: Dr {ref.ini}
        uk,ie> Consultant: {mr} {ref.ini}
        uk,ie> Cons: {ref.sur}
        uk,ie,au> GP: Dr {ref.ini}
        in> Ref. by: Dr. {ref.full}
        in> REFERRED BY DR. {ref}
        Attending: {att.hdr}
        PCP: {ref.full}, {cred}
        Authorizing: {ref.hdr}
        Copies to: {ref.hdr}; {doc.hdr}
        """
    ),
    "date": _lines(
        """
        Exam Date: {date}
        Date of Exam: {date}
        DATE: {date}
        Study date: {date} {time}
        Date/Time: {date} {time}
        Examined: {date}
        DOS: {date}
        Performed: {date}, {time}
        Date of service {date}
        Scan date - {date}
        Reg. date {date}    Report date {date}
        Attendance: {date}
        Exam Date/Time.... {compact} {clock6}
        """
    ),
    "contact": _lines(
        """
        Address: {street}, {town}, {post}
        ADDRESS: {street}, {town} {post}
        Pt address - {street}, {town}
        Phone: {phone}
        Home Tel: {phone}
        Mobile {phone}
        Contact no. {phone}
        Tel (H) {phone}  (W) {phone}
        E-mail: {ptmail}
        Email {ptmail}
        Town: {town}
        Postcode/ZIP: {post}
        City: {town}   County: {county}
        Employer: {emp}
        NOK: {kn.full} ({kin}) {phone}
        Next of kin: {kn.full}, {kin}
        Emergency contact: {kn.full} - {kin} - {phone}
        us> Guarantor: {kn.hdr}
        in> S/O, W/O, D/O: {kn.full}
        in> C/O {kn.full}
        Guardian/carer: {kn.full}
        """
    ),
    "staff": _lines(
        """
        Tech: {tech.initials}
        Technologist: {tech.full}
        Tech: {tech.hdr}
        uk,ie,au> Radiographer: {tech}
        uk,ie,au> Operator {tech.initials}
        Sonographer: {tech.full}
        Performed by: {tech.user}
        Entered by {tr.user}
        Radiologist: {rad.hdr}
        Reading MD: {rad.full}
        Reader: {rad.initials}
        Resident: {res.hdr}
        RT: {tech.initials}
        Scan by {tech.given}
        Modified by user {tr.user} on {date}
        """
    ),
    "place": _lines(
        """
        Location: {ward}
        Ward: {ward}
        Facility: {hosp}
        Site: {hosp}
        Pt Loc: {ward}
        Dept: {hosp} / {ward}
        """
    ),
    "machine": _lines(
        """
        Scanner S/N: {serial}
        Station: {ip}
        AE host {ip}
        Detector serial no. {serial}
        Source IP: {ip}
        Equipment ID {serial}
        """
    ),
}

# Whole headers that come in one piece.
HEADS: tuple[str, ...] = _lines(
    """
    MSH|^~\\&|RIS|{hosp}|EHR||{compact}{clock6}||ORU^R01¶PID|1||{mrn}^^^MRN||{pt.caret}||{dob.compact}|{M}|||{street}^^{town}^{post}||{phone}¶OBR|1||{acc}|{title}
    PID|1||{mrn}||{pt.caret}||{dob.compact}|{M}¶OBR|1|{acc}||{title}|||{compact}{clock6}¶OBX|1|TX|GDT||REPORT
    (0008,0020) DA {compact}¶(0008,0050) SH {acc}¶(0008,0090) PN {ref.caret}¶(0010,0010) PN {pt.caret}¶(0010,0020) LO {mrn}¶(0010,0030) DA {dob.compact}
    ‹PatientName›={pt.caret};‹PatientID›={mrn};‹Accession›={acc};‹StudyDate›={compact}
    {pt.hdr}   {M}   {dob}   #{mrn}¶{title}   {date}
    {pt.hdr} / {mrn} / {title} / {date}
    **** {hosp} ****¶RADIOLOGY REPORT¶{pt.hdr}            {mrn}¶{dob} ({age})              {ward}
    "{mrn}","{pt.hdr}","{dob}","{acc}","{title}","{date}"
    uk,ie> {hosp}, {town}¶{ttl} {pt.full}, {street}, {town}, {county} {post}¶{title} {date}
    uk> {title} : {date} : {nat}
    Name {pt.full}¶Age {age}¶Sex {M}¶Ref {dr} {ref}¶Dt {date}
    in> {hosp}¶Patient : {ttl} {pt.full}        Age/Sex : {age} / {M}¶Ref. By : Dr. {ref}        Date : {date}
    DIAGNOSTIC IMAGING REPORT   Page 1 of 2¶{pt.hdr}  MRN {mrn}  Acct {acct}¶Ord: {ref.hdr}   Dict: {rad.hdr}
    {title}¶Patient: {pt.hdr}, born {dob}, of {town}
    name={pt.hdr}|id={mrn}|dob={dob}|acc={acc}|user={rad.user}
    *{pt.hdr}* ({mrn}) {title} on {date} at {time}
    Printed by {tr.user} at {ip} on {date} {time}¶{pt.hdr}  {mrn}
    FAX COVER¶To: Dr {ref} {fax}¶From: {hosp} {phone}¶Re: {pt.full} {dob}
    """
)

# Clinical information with something that identifies.
CLINICAL: tuple[str, ...] = _lines(
    """
    {age}-year-old {man}, {ttl} {pt.sur}, with [worsening dyspnea|right-sided pain|weight loss]. {reason}
    {age} y/o {man}. {reason}
    {age}yo {M} [fell from standing|found on floor|fell in the bathroom]. {reason}
    {agew}-year-old {man}. {reason}
    Patient is {age} years of age, lives alone. {reason}
    Aged {age}. {reason}
    {age} yr old {man} from {town}. {reason}
    {M}{age} ?fracture. {reason}
    {age}/{M}. {reason}
    {reason} Surgery on {event}.
    {reason} Onset {dm}.
    {reason} Symptoms since {my}.
    {reason} Since {mon}. No trauma.
    s/p [lap chole|left THR|CABG x 3|lobectomy] {event}. {reason}
    Post op day 2 (OR {event}, Dr. {doc.sur}). {reason}
    {reason} Known to {dr} {doc}.
    {reason} Under the care of {mr} {doc.sur}, [urology|ENT|breast surgery].
    {reason} Seen in clinic by {doc.full} on {event}.
    {reason} Last chemo {event} with {dr} {doc.sur}.
    {reason} Please call {doc.sur} on {pager} with the result.
    uk,ie,au> {reason} Pls bleep {pager} ([SHO|FY1|reg]).
    Per {kin} ({kn.given}), fell on {event}. {reason}
    {pt.given} has had [cough|back pain|headaches] since {my}. {reason}
    {ttl} {pt.sur} was seen on {event} in {ward}. {reason}
    Referred by Dr {ref} from {hosp}. {reason}
    {reason} Previous [biopsy|admission] at {hosp} in {my}.
    LMP {event}. {reason}
    EDD by dates {next}. {reason}
    Admitted {event}, {ward}. {reason}
    {reason} Works for {emp}.
    {reason} Injured at work ({emp}) {event}.
    {reason} Worker's comp, employer {emp}, date of injury {event}.
    RTC on {event}, vehicle {plate}. {reason}
    {reason} Allergy to contrast noted {event} by RN {nurse}.
    MVA [restrained driver|pedestrian] outside {town}, {dm}. {reason}
    Transfer from {town}. {reason}
    DOI: {event}. {reason}
    Pt. lives in {county}. {reason}
    {reason} Pacemaker serial {serial}, implanted {event}.
    Twin of {kn.given}. {reason}
    Baby of {kn.full}, born {dob}. {reason}
    us> Vet, service {yearold}-{yearmid}, {hosp}. SSN {ssn}. {reason}
    uk,ie> D/W {doc.ini}, [med reg|surg SpR]. {reason}
    uk,ie,au> Dear colleague, kindly image {ttl} {pt.sur}. {reason} Thanks, {doc.initials}
    in> K/c/o T2DM. Patient of Dr. {doc.full}. {reason}
    {reason} Hx per chart reviewed {date}.
    DOB {dob}. {reason}
    """
)

# Comparison lines.
COMPARE: tuple[str, ...] = _lines(
    """
    {study} {prior}.
    {study} of {prior}.
    {study} dated {prior} and {prior2}.
    {prior}
    {prior}, {prior2}.
    {study} from {prior} at {time}.
    Prior {study} {prior}; outside study {prior2}.
    Compared with {study} done on {prior}.
    Comparison is made to the prior {study} of {prior.long}.
    Previous {study} ({prior}) and report of {prior2}.
    Multiple, the most recent {prior}.
    Multiple priors dating back to {prior2}, most recently {prior}.
    {study} of {dm}.
    {study} of {my}.
    {study} from {mon} of this year.
    {study} in {my} at {hosp}.
    {study} performed at {hosp}, {town} on {prior}.
    {study} {prior}, accession {acc}.
    {study} {acc} ({prior}).
    {study} {prior.slash} and {dm.num}.
    Earlier same-day study {date} {time}.
    {study} dd {prior}.
    Last {study}: {prior.compact}.
    {study} ({prior}, read by Dr. {doc}).
    Outside films, {town}, {my}.
    None since {my}.
    {study} between {prior2} and {prior}.
    Images of {dm} and {dm}.
    CT of the {dth} and {study} of {prior}.
    """
)

# Findings that carry a date, a name or a serial.
DETAIL: tuple[str, ...] = _lines(
    """
    Compared with {prior} there is [little|no significant|slight] change.
    Since {dm}, no change.
    chest,abd,head,pet> Since the study of {prior}, the lesion has grown from {mm} to {mm}.
    chest> The effusion is smaller than on {dm}.
    chest> Atelectasis resolved since {my}.
    chest,abd,head,pet> The mass, first seen {prior2}, now measures {cm}.
    Unchanged from {prior.slash}.
    Appearances were the same on {dm.num}.
    [This is new|The change is new] since {mon}.
    As noted by Dr. {doc.sur} on {prior}, this is stable.
    {dr} {doc.sur}'s earlier impression of {prior} is noted.
    Agree with {dr} {doc}'s [preliminary|overnight] read.
    abd,chest> Biopsy of {event} showed adenocarcinoma (path no. {acc2}).
    chest> The {side} lead was revised by {mr} {doc.sur} on {event}.
    chest,mr> The pacemaker (model W1DR01, S/N {serial}) is MR conditional.
    chest,mr> Implanted device: Medtronic Azure, serial number {serial}.
    chest,mr> Reveal LINQ, SN {serial}, at the left parasternal border.
    chest,mr> ICD generator serial {serial}; leads {serial} and {serial}.
    head> Programmable valve serial no. {serial}, set to 1.5 before and after.
    chest,line,abd> Port placed {event}: PowerPort, serial {serial}.
    bone,film> Hip stem and cup: lot {lot}, ser. {serial}.
    head> Cochlear implant, right, Ser# {serial}.
    chest,ct> Breast implant, Mentor, SN: {serial}, {n:225-450} cc.
    head,mr> Vagal nerve stimulator #{serial} (device card seen).
    Implant UDI {udi} scanned into the record.
    line,ct> Infusion pump serial {serial} checked by {nurse.initials}.
    chest,line> Line placed {event} remains in good position.
    chest,pet,abd> Tumour bed clips from {event}.
    Transducer serial {serial}, cleaned at {time}.
    """
)

# Advice and opinion that carry a date or a name.
ADVICE: tuple[str, ...] = _lines(
    """
    Suggest repeat on or after {next}.
    Follow-up is booked for {next.long} at {time}.
    Repeat in {nextmy}.
    {ttl} {pt.sur} may benefit from an MRI.
    Given {his} age of {age}, no follow-up is needed.
    Age related change for a {age} year old.
    The findings account for {ttl} {pt.sur}'s symptoms.
    No change since {prior}.
    Stable since {my}.
    Clinic review with {mr} {doc.sur} on {next} is noted.
    I agree with Dr {doc.sur}.
    Suggest referral to {dr} {doc.full}.
    Rescan {dm.num} showed the same.
    chest,abd> Pathology of {event} is concordant.
    chest,abd> Bring to the MDT of {next}, {mr} {doc2.sur}.
    {pt.given} should be seen within the week.
    """
)

# Notes on how it was done and who was there.
PRACTICE: tuple[str, ...] = _lines(
    """
    {pt.given} tolerated the [procedure|scan] well.
    Consent obtained from {pt.full} by {dr} {res}.
    Performed by Dr {res.sur} under supervision of Dr {att.sur}.
    line> Operators: {att.full}, {cred}; {res.full}, {cred}.
    line> Scrub: {nurse.full} RN. Circulating: {tech.ini}.
    mr,line> Anaesthesia by {dr} {doc}.
    ct,mr> Contrast given by {nurse.full}, RN, at {time}.
    ct,mr,pet> Cannula sited by {tech.given} at {time}.
    Chaperone: {nurse.full}.
    us> Interpreter {nurse.given} (ID #{staffid}) was present.
    Scan supervised by {tech}.
    Images reviewed with {dr} {doc} at {time}.
    ct,mr> Lab draw {dm.num}: creatinine 1.4.
    ct,mr> Last eGFR {event}: 74.
    Protocolled by {res.initials}, {date}.
    Positioned by {tech.given} and {nurse.given}.
    ct,mr> Pregnancy status and allergy checked by {tech.initials}.
    mr> MR safety sheet signed {date} by {kn.full} ({kin}).
    """
)

# Free narrative about family, work, places and accidents.
STORY: tuple[str, ...] = _lines(
    """
    {His} {kin} {kn.given} was present [and gave the history|throughout the examination].
    History was given by the patient's {kin}, {kn.full}.
    {His} {kin}, {kn.full}, [had breast cancer|has polycystic kidneys|died of a PE in {year}].
    The {kin} ({ttlkn} {kn.sur}) [brought|accompanied] {him} to the department.
    Collateral from {kn.given} ({kin}) on {phone}.
    {ttlkn} {kn.sur}, the {kin}, asked that we ring {phone} with the result.
    Lives with {his} {kin} {kn.given} in {town}.
    The {kin} {kn.given}, aged {kage}, has the same condition.
    {His} mother lived to {kageold}.
    {His} grandmother died aged {kageold}.
    Father alive at {kageold}.
    Consent by telephone from {kin} {kn.full} on {date} at {time}, witnessed by {nurse.initials}.
    {He} is a [retired welder|foreman|driver] at {emp}.
    {He} works for {emp} in {town}.
    Employed by {emp} since {year}.
    {He} was at work with {emp} when the pallet fell.
    Asbestos exposure while at {emp}, {yearold} to {yearmid}.
    {He} retired from {emp} in {my}.
    Occupational health at {emp} asks for a copy.
    A forklift at the {emp} warehouse in {town} struck {his} foot on {event}.
    {emp} employee, chemical splash on {dm}.
    Lifting at {emp}, sudden back pain.
    Insurance form for {emp} attached.
    {He} lives at {street}, {town}.
    Found by a neighbour at {street}.
    {He} moved here from {town} in {my}.
    Recently returned to {town} from overseas.
    {He} farms near {town}.
    Born in {town}, where silicosis is common among miners.
    Resident of {county}, endemic for histoplasmosis.
    Airlifted from {town} to {hosp}.
    Collision near {town} on {event}, {his} car {plate} rolled over.
    Car registration {plate}, struck from behind.
    Hit by a van (plate {plate}) on {road} at {time}.
    The other vehicle, {plate}, left the scene.
    Motorcycle {plate} against a tree, {road}, {town}.
    uk,ie,au> Parked in bay 4, reg. {plate}, please move before {time}.
    uk,ie> Lorry {plate}, driver {kn.full}, unhurt.
    us,ca> VIN {vin} for the crash claim.
    Police case, vehicle no. {plate}, brought by constable {nurse.sur}.
    Ambulance {plate} handed over at {time}.
    {He} fell on {road} outside {emp}.
    {He} slipped on ice on {road}, {town}, {dm}.
    The dog walker lives by {road}, postcode {post}.
    Carer {nurse.given} attended with {him}.
    Brought in by officer {nurse.sur}, badge {staffid}.
    {pt.given} attends {school}.
    Discharged to a nursing home in {town} on {event}.
    Mr and Mrs {pt.sur} were told of the finding.
    {kn.given} and {kn2.given}, {his} children, were in the room.
    {pt.given}'s {kin} {kn.given} signed the form.
    {His} neighbour {kn2.full} found {him} at about {time}.
    {He} was last well at {his} {kin}'s house in {town} on {dm}.
    {He} has attended [church|bingo|choir] in {town} until {my}.
    Previously seen under the name {alias}.
    Maiden name {alias}.
    Also known as {alias}.
    {He} prefers to be called {alias1}.
    The patient turns {age} on {dm}.
    At {age} {he} still drives.
    {age} years young, still walks {n:1-3} km a day.
    {He} says {he} is {agew} years old.
    """
)

# Communication of results.
COMMUNICATE: tuple[str, ...] = _lines(
    """
    Findings were discussed with Dr. {doc} by telephone at {time} on {date}.
    Discussed with {dr} {doc.sur} at {time}, {date}.
    Critical results were called to {doc.full}, {cred} at {time} on {date} by {rad.full}.
    The above was communicated to {doc.full} by phone at {time} on {date}.
    Results called to RN {nurse} ({ward}) at {time}.
    Nurse {nurse.given} on {ward} was informed at {time}.
    Called to Dr {ref.sur}'s office on {date}, spoke with {nurse.given}.
    D/w {doc.sur} {time} {dm.num}.
    Telephoned to {mr} {doc}, [surgical registrar|orthopaedic SpR], at {time} {date}.
    Verbal report to {doc.given} {doc.sur}, PA-C, {time}.
    us,ca,in> Paged {doc.sur} at {pager}, {time}; call returned within {n:3-20} min.
    uk,ie,au> Bleep {pager} answered by Dr {doc.sur} at {time}.
    us,ca,au> Paged #{pager} x2 without reply.
    us,ca,au> Pager {pager} tried at {time}.
    us,ca> Beeper {pager}, Dr {doc.sur}.
    us,ca> Pgr {pager} for any question.
    Contact on-call via pager {pager} after {time}.
    uk,ie> On-call reg is on bleep {pager}, long range {phone}.
    IR pager: {pager}.
    us,ca> Pager ID {pager}, callback {phone}.
    Page the IR fellow ({pager}) before transfer.
    uk,ie> bleep no. {pager} ([med|surg] reg) informed {time}
    Message left with the practice ({phone}) on {date}.
    uk,ie,au> Phoned GP surgery {phone} at {time}, spoke to {nurse.full} (receptionist).
    Tel: {phone} - no answer x 2, {date}.
    Patient called at {phone} and asked to attend.
    Cell {phone}, ok to leave a message with {kn.given}.
    Dr. {doc.sur} can be reached at {phone} ext {ext}.
    Questions? Call the reading room, {phone}.
    Direct line {phone}.
    Ph {phone} (AH).
    WhatsApp to {dr} {doc} on {phone} at {time}.
    Report faxed to {fax} on {date}.
    Fax: {fax}
    Faxed to Dr {ref.sur} ({fax}) {time}.
    Fax copy - {fax}, attn {nurse.full}.
    FAX NO {fax} CONFIRMED {time}
    Please fax signed order to {fax}.
    Results sent by telefax {fax}.
    Prelim by fax ({fax}) to {hosp} on {dm}.
    Emailed to {doc.email} at {time}.
    E-mail sent to {doc.email} and {ref.email}.
    Secure message to {doc.email}, {date}.
    Copy by email: {ptmail}
    Please reply to {rad.email}.
    Images on request from {tech.email}.
    cc {ref.email}
    Patient's e-mail {ptmail} is on file.
    MDT co-ordinator ({nurse.email}) informed.
    {rad.initials} spoke to {doc.initials} {time}.
    Flagged to Dr {doc} via Vocera at {time}; read-back by {nurse.initials}.
    Added to the [lung|HPB] MDT of {next}, lead {mr} {doc.sur}.
    Acknowledged by {doc.full} {compact} {clock6}.
    Informed {ttlkn} {kn.sur} ({kin}) at {time} on {dm}.
    ED physician {doc.sur} aware, {time} {date}.
    Wet read given to {doc.sur} in ED at {time}.
    [Haematology|Oncology] ({doc.full}) notified via Epic chat on {date}.
    """
)

# Sign-offs.
SIGN: tuple[str, ...] = _lines(
    """
    Electronically signed by: {rad.full}, {cred} on {date} {time}
    Electronically Signed By: {rad.hdr}  {date} {time}
    Signed: {rad.full}, {cred}
    {rad.full}, {cred}¶Staff Radiologist
    Dr {rad.ini}¶Consultant Radiologist
    Dr. {rad.full}, {cred}
    Reported by: Dr {rad} on {date}
    Reported by {rad.full} ({date} {time}), verified by {att.full}
    Reported: {rad.initials}  Verified: {att.initials} {date}
    Read by: {rad.hdr}
    Interpreting radiologist: {rad.full} {cred}
    FINAL REPORT. {rad.hdr}. {date} {time}.
    Authenticated by {rad.full} on {date.long} at {time}
    I, {att.full}, {cred}, have reviewed the images and agree with the resident, Dr. {res.sur}.
    Attending: {att.full}. Resident: {res.full}.
    Prelim by {res.full} {time}; final {att.full} {date}.
    Dr {rad.full} {licence}
    {rad.full} {licence}
    {licence} {rad.ini}
    Reporting radiographer: {rad.full}, {licence}
    Approved by Dr {rad} {licence}, {date}
    {rad.full}, {cred} ({licence}) {phone}
    {rad.initials}
    /{rad.initials}
    - {rad.given}
    Kind regards, {rad.full}
    Regards, {rad.given} {rad.sur}
    Thank you. {rad.full}, {cred}
    {rad.sur}, {rad.given}  {date} {time}  Final
    Sd/- Dr. {rad.full}
    Released by {rad.user} {compact}{clock6}
    Validated {date} {time} user {rad.user}
    Signed off: {rad.user}
    Dr {rad.cap}
    Report status: Final. Signed {date} {time} {rad.full}
    Assisted by {res.full}; reviewed by {att.hdr}
    uk,ie> {rad.full} {cred}¶Consultant Radiologist, {hosp}¶{phone}
    in> DR. {rad.cap}¶{cred}¶{licence}
    us> Radiology Associates: {rad.full}, MD {licence}
    Second reader: {att.full}. Arbitration: {doc.initials}.
    """
)

# Dictation and transcription lines.
DICTATE: tuple[str, ...] = _lines(
    """
    {rad.initials}/{tr.initials}  D: {date}  T: {date2}
    {rad.initials}:{tr.initials}
    {rad.initials}/{tr.initials} {date}
    DD: {date} {time}  DT: {date2} {time}  {tr.initials}
    Dictated by: {res.hdr}
    Dictated by {rad.full} on {date} at {time}, transcribed {date2} {time} by {tr.initials}
    D: {rad.sur} {dm.num} T: {tr.initials} {dm.num}
    Transcriptionist: {tr.initials}
    Typed by {tr.given}, {date2}
    Transcribed by: {tr.full}
    Typist: {tr.initials}
    Dictated not read, {dr} {rad.sur}
    TRANSCRIBED: {compact} {time} BY {tr.user}
    Job #{acc}  {rad.initials}/{tr.initials}
    Voice file {acc}, user {rad.user}, host {ip}
    User: {rad.user}
    Login {tr.user} from {ip}
    Edited by {tr.user} ({ip}) {date2} {time}
    Workstation {ip}, {rad.user}
    Last saved {tr.user}@{ip}
    PACS node {ip} user id {tech.user}
    Printed {date2} {time} from {ip}
    QA {tech.initials}
    tech {tech.initials} / rad {rad.initials}
    Images QC'd by {tech.initials} at {time}
    Checked {nurse.initials}, {tech.initials}
    2nd check: {nurse.initials}
    Recorded by {tr.initials} on behalf of {rad.initials}
    Dict. date {date}  Trans. date {date2}  Trans ID {tr.user}
    Report ID {acc} v2 {tr.user}
    """
)

# Addenda.
ADDEND: tuple[str, ...] = _lines(
    """
    ADDENDUM {date2}: {imp} {rad.full}
    ADDENDUM by {rad.full} on {date2} at {time}: The prior of {prior} is now available. {imp}
    Addendum ({rad.initials} {date2} {time}): {find}
    ADDENDUM #1 {date2} {time}¶Discussed with {dr} {doc.sur}. {imp}
    *** ADDENDUM ***¶The first line should read [left|right]. {att.full}, {cred}, {date2.long}
    Addendum: after talking with {ttl} {pt.sur} the side is confirmed. {rad.initials}
    Late entry {date2}: {find} {dr} {rad.sur}
    Supplementary report {date2} {dr} {rad}: {find}
    Amended {date2} {time} by {rad.user}. {find}
    Addendum: images from {hosp} dated {prior} reviewed. {imp}
    Correction. The exam date is {date}, not {prior}. {rad.initials}
    Addendum {dm}: pathology came back benign. {rad.ini}
    ADDENDUM: Wrong patient label; images are of {pt.hdr}, {mrn}.
    Added {date2}: report copied to {doc.full} at {doc.email}.
    Peer review {date2}, {att.initials}: agree, RADPEER 1.
    """
)

# Notes about studies from another hospital.
OUTSIDE: tuple[str, ...] = _lines(
    """
    Outside {study} from {hosp}, {town}, dated {prior}, was uploaded.
    Disc received from {hosp} ({town}) labelled {pt.hdr}, {prior}.
    Second opinion on {study} done {prior} at {hosp}, accession {acc}.
    Outside MRN {mrn}; local MRN {mrn2}.
    Outside read by Dr. {doc.full}: {imp}
    Images pushed from {ip} (AE {hosp}) on {date}.
    Requested from {hosp} by fax {fax} on {date}.
    Their ref {acc}; ours {acc2}.
    IEP transfer from {town}, {date} {time}.
    Referred across by {mr} {doc} ({hosp}), tel {phone}.
    The {town} films of {my} were not sent.
    Per transfer note signed {doc.sur}, {event}: {reason}
    Patient's label on the CD reads {pt.caret}, {dob}.
    Imaging can be seen at {url}
    """
)

# Administrative lines.
ADMIN: tuple[str, ...] = _lines(
    """
    View images: {url}
    Report link {url}
    Patient portal at {url}
    Key images: {url} (expires {next})
    Zero footprint viewer {url}
    {url}
    Download from {url} with PIN {pin}
    Feedback: {url}
    See {url} for the protocol used.
    Questionnaire completed at {url} on {date}.
    Image server {ip}:104
    Sent from {ip} to {ip}
    DICOM peer {ip}, retried {time}
    Tele-radiology via VPN {ip}
    IP {ip} logged {date} {time}
    Bill to {plan}.
    us> Prior auth {acct}, member {plan}.
    us> Insurance: [Aetna|BCBS|Cigna], ID {plan}, group {acct}
    us> Medicare no. {plan}.
    us> Claim {acct}, subscriber {kn.full} {plan}
    us> Beneficiary {plan}
    us> Pt SSN {ssn} per face sheet.
    us> Verified by last four of social, {ssn4}.
    us> SS number {ssn}; acct {acct}.
    us> Identity confirmed: name, {dob}, {ssn}.
    uk> Matched on NHS number {nat}.
    uk> NHS number traced: {nat}, DOB {dob}.
    uk> Spine check {nat} OK.
    uk> Merged with {mrn2}, NHS no {nat}.
    ca> Health card {nat} version checked.
    ca> Billed to {nat}.
    in> Aadhaar seen, {nat}.
    in> ABHA {nat} linked.
    ie> Medical card {nat}.
    au> Bulk billed, Medicare {plan}.
    au> IHI {nat} matched.
    uk,ie> Self pay, invoice {acct}.
    Charged to account {acct}.
    Deposit against acct no {acct} on {date}.
    Account {acct} is held pending.
    MRN corrected from {mrn} to {mrn2}.
    Duplicate record {mrn2} merged {date}.
    Chart {mrn} pulled.
    Three identifiers checked: {pt.full}, {dob}, {mrn}.
    Patient ID band: {pt.hdr} {mrn}.
    Born {dob}; ID checked by {tech.initials}.
    Confirmed name and date of birth ({dob}) with patient.
    D.O.B. on request ({dob}) differs from RIS.
    us> Driver's license {dl} shown.
    us> DL# {dl}, {state}.
    uk,ie,au> Photo ID: driving licence {dl}.
    in> Driving Licence No {dl}.
    ca> Driver's licence {dl}.
    Licence no. {dl} on the accident form.
    us> DEA {dea} on the script from {ref.full}.
    Physicist badge/licence {staffid}.
    us> Tech ARRT #{staffid} ({tech.initials}).
    uk> HCPC RA{staffid}, {tech.full}.
    Letter sent to {street}, {town} {post}.
    Patient has moved to {street}, {town}.
    Old address {street} removed.
    Post to: {street}, {town}, {county}, {post}
    Address on request: {street}.
    Courier to {street}, {post}, attn {nurse.full}.
    CD collected by {kn.full} ({kin}) on {date2}.
    Appointment {next} at {time}, {hosp}.
    Booked {next.long}, slot {time}, by {tr.initials}.
    Cancelled {prior}, DNA {prior2}.
    """
)

LETTER_HEADS: tuple[str, ...] = _lines(
    """
    {hosp}¶Department of [Radiology|Medical Imaging]¶{street}¶{town} {post}¶Tel {phone}  Fax {fax}¶¶{date.long}
    {date.long}¶¶{dr} {ref.full}¶{street}¶{town}, {county}¶{post}
    {dr} {ref}¶{hosp}¶{town}¶¶Our ref: {rad.initials}/{tr.initials}/{mrn}¶{date}
    From: {rad.full} <{rad.email}>¶To: {ref.full} <{ref.email}>¶Date: {date}¶Subject: {pt.full} {mrn}
    {rad.full}, {cred}¶{hosp}¶{phone}¶{rad.email}¶¶{date}
    in> {hosp}, {street}, {town} - {post}. Ph: {phone}¶Date: {date}
    Private & Confidential¶{ttl} {pt.full}¶{street}¶{town}¶{post}¶¶Clinic date {event}, typed {date2}
    """
)

LETTER_OPENS: tuple[str, ...] = _lines(
    """
    Dear Dr {ref.sur},¶¶RE: {pt.full}, DOB {dob}, {street}, {town}
    Dear {ref.given},¶Re {ttl} {pt.full} d.o.b. {dob}
    Dear Dr. {ref.sur}:¶RE: {pt.cap}   MRN {mrn}
    Dear Doctor,¶{pt.full} - {dob} - {nat}
    Dear {mr} {ref.sur}¶{ttl} {pt.sur}, {street}, {post}
    Dear Colleague,¶Patient: {pt.full} ({age} years)
    """
)

LETTER_BODIES: tuple[str, ...] = _lines(
    """
    Thank you for asking me to see {ttl} {pt.sur}, whom I met with {his} {kin} {kn.given} on {event}.
    Many thanks for referring this {age} year old {man} from {town}, who works for {emp}.
    I reviewed the {study} of {prior} today.
    {He} tells me {he} lives at {street} and can be reached on {phone}.
    I have written to {dr} {doc} at {hosp} and copied this to {mr} {doc2}.
    {He} was first seen by my colleague {doc.full} in {my}.
    {find} {imp}
    I would be grateful if you could arrange a {study} before {next}.
    {ttl} {pt.sur} has private cover (no. {plan}).
    {His} {kin}, {kn.full}, is {kage} and well.
    {He} drives to {town} each week, so an appointment at {hosp} after {dm} suits.
    Please ring my secretary {nurse.full} on {phone}, or write to {nurse.email}.
    We discussed the risk; {pt.given} would like to go ahead in {nextmy}.
    """
)

LETTER_CLOSES: tuple[str, ...] = _lines(
    """
    With kind regards,¶¶{rad.full}¶Consultant Radiologist¶cc {dr} {doc.full}, {town}
    Yours sincerely¶¶Dr {rad.ini}¶{licence}¶Dictated {date}, typed {date2} {tr.initials}
    Sincerely,¶{rad.full}, {cred}¶{licence}¶Phone {phone}  Fax {fax}
    Best wishes,¶{rad.given}¶{rad.email}
    Yours faithfully,¶pp {nurse.full}¶for Dr {rad.full}¶c.c. patient, {street}, {town}
    """
)
