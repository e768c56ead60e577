"""How hard a study is likely to be: parts that grow as they should, and the pipeline's own doubt where it has one."""

from hypothesis import given
from hypothesis import strategies as st

from sampling.difficulty import difficulty

STATUSES = st.lists(st.sampled_from(["present", "uncertain"]), max_size=6).map(tuple)
SHARE = st.floats(0, 1)


def test_a_normal_study_nobody_doubts_is_easy():
    assert difficulty(statuses=(), confidences=()).score == 0


def test_a_normal_study_the_pipeline_doubts_is_not():
    assert difficulty(statuses=(), confidences=(), pipeline_doubt=0.5).score > 0


def test_the_pipelines_doubt_stands_for_low_confidence():
    sure = difficulty(statuses=("present",), confidences=(0.2,), pipeline_doubt=0.0)
    unsure = difficulty(statuses=("present",), confidences=(0.2,))
    assert (sure.doubt, unsure.doubt) == (0.0, 0.8)


@given(statuses=STATUSES, low=SHARE, high=SHARE)
def test_more_doubt_is_never_easier(statuses, low, high):
    low, high = sorted((low, high))
    easier = difficulty(statuses=statuses, confidences=(), pipeline_doubt=low).score
    harder = difficulty(statuses=statuses, confidences=(), pipeline_doubt=high).score
    assert 0 <= easier <= harder <= 1
