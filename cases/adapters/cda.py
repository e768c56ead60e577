"""CDA documents (HL7 Clinical Document Architecture, release 2): the narrative that is the report, and who the header names."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from cases.adapters.pictures import UnreadableFileError

# Whose ``name`` is a person's; an organisation's is made of ordinary words.
_PERSONS = frozenset(
    [
        *("patient", "assignedPerson", "associatedPerson", "guardianPerson", "informationRecipient", "relatedPerson"),
        *("subject", "maintainingPerson", "patientRole", "recordTarget"),
    ]
)
_MOST_NAMED = 100  # of each kind: no header names more


@dataclass(frozen=True)
class Document:
    """The text of a document, and by which names and numbers its header knows people."""

    text: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def read_cda(data: bytes) -> Document:
    """The document. Raises UnreadableFileError where it is no XML, or defines entities."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UnreadableFileError("xml", "The document defines entities, which a report does not need.")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without a DOCTYPE there is nothing to expand
    except ElementTree.ParseError as error:
        raise UnreadableFileError("xml", f"The document is not valid XML (line {error.position[0]}).") from None
    names, numbers = dict.fromkeys(_names(root)), dict.fromkeys(_numbers(root))
    return Document(_narrative(root), tuple(names)[:_MOST_NAMED], tuple(numbers)[:_MOST_NAMED])


def _narrative(root: ElementTree.Element) -> str:
    """Title and text of each section, never the header."""
    parts = []
    for section in _all(root, "section"):
        found = {_tag(child): " ".join("".join(child.itertext()).split()) for child in section}
        if text := found.get("text", ""):
            title = found.get("title", "")
            parts.append(f"{title.upper()}: {text}" if title else text)
    return "\n\n".join(parts)


def _names(root: ElementTree.Element) -> Iterator[str]:
    """Names of persons: the patient's, and those of whoever wrote, signed, asked for or is kin."""
    for person in root.iter():
        if _tag(person) in _PERSONS:
            names = (" ".join(child.itertext()) for child in person if _tag(child) == "name")
            yield from filter(str.strip, names)


def _numbers(root: ElementTree.Element) -> Iterator[str]:
    """What the patient is known by: identifiers and telephones of the record's target."""
    for target in _all(root, "recordTarget"):
        for one in target.iter():
            value = one.get("extension" if _tag(one) == "id" else "value" if _tag(one) == "telecom" else "")
            if value and value.strip():
                yield value.strip()


def _all(root: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (one for one in root.iter() if _tag(one) == tag)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
