"""A report with its findings, as the rules read it."""

from llm_extract.reporting.places import Finder
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.vocabulary import load_vocabulary

TEXT = (
    "INDICATION: Cough.\nFINDINGS: Stable mild cardiomegaly. Right lower lobe opacity suggestive of pneumonia. No pneumothorax. "
    "Aortic contour is normal. Unchanged small right pleural effusion."
)
ENGINE = RulesEngine(load_vocabulary("chest"))
FINDER = Finder.for_vocabulary(ENGINE.vocabulary)


def read(text=TEXT):
    return ENGINE.findings(text)
