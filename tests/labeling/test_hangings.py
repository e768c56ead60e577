"""Which of a study's pictures hang together: one or two at first, then up to four, beside priors view by view."""

import json

import pytest

from cases.models import Image, Series
from labeling.queries import case_of
from labeling.queries.pictures import films_of, hangings, hung, pictures
from tests import factories
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def films(benchmark_row):
    """Makes a study's pictures of these views, each a series of its own unless ``in_one``; of a mammogram "R CC"."""

    def make(*views, in_one=False, modality="DX", description="", frames=1, shapes=((4, 3),)):
        study = factories.make_study(benchmark_row)
        images = []
        for number, view in enumerate(views):
            uid = f"1.2.{study.pk}.{0 if in_one else number}"
            about = {"modality": modality, "description": description}
            series, _ = Series.objects.get_or_create(study=study, series_uid=uid, defaults=about)
            side, _, position = view.rpartition(" ")
            rows, columns = shapes[number % len(shapes)]
            images.append(
                Image.objects.create(
                    series=series, sop_uid=f"1.{study.pk}.{number}", sha256="a" * 64, rows=rows, columns=columns,
                    frames=frames, view_position=position, laterality=side,
                    instance_number=number, preview_sha256="b" * 64, thumbnail_sha256="c" * 64,
                )
            )  # fmt: skip
        return hung(images)

    return make


@pytest.fixture
def benchmark_row(db):
    return factories.make_benchmark()


def names_and_places(*args):
    return [(one["name"], one["images"]) for one in hangings(*args)]


def test_three_or_four_views_hang_together(films):
    assert names_and_places(films("PA", "LL")) == [("Current", [0, 1])]
    assert names_and_places(films("PA", "AP", "LL")) == [("Current", [0, 2]), ("All views", [0, 1, 2])]
    four = names_and_places(films("PA", "AP", "LL", "RL"))
    assert four == [("Current", [0, 2]), ("All views", [0, 1, 2, 3])]


def test_never_more_than_four_hang(films):
    assert names_and_places(films(*["PA"] * 6))[1] == ("All views", [0, 1, 2, 3])


def test_slices_of_one_series_hang_once(films):
    assert names_and_places(films("", "", "", in_one=True, modality="CT")) == [("Current", [0])]
    assert names_and_places(films("", "", modality="CT")) == [("Current", [0, 1])]


@pytest.mark.parametrize("modality", ["CT", "MR", "PT", "NM"])
def test_slices_of_one_size_are_a_stack_whatever_their_view_and_description_say(films, modality):
    told = pictures(films("AP", "LL", "", "RL", in_one=True, modality=modality, description="AX T1 BILATERAL"))
    assert [one["begins"] for one in told if "begins" in one] == [True, False]
    assert [one["name"] for one in unfolded(told)] == [modality] * 4
    mixed = unfolded(pictures(films(*[""] * 5, in_one=True, modality=modality, shapes=((8, 8), (4, 3)))))
    assert [(one["begins"], one["height"], one["instance"]) for one in mixed] == [
        (True, 8, 0), (False, 8, 2), (False, 8, 4), (True, 4, 1), (False, 4, 3),
    ], "each size together, in the order of its slices"  # fmt: skip


@pytest.mark.parametrize("modality", ["", "CR", "DX", "MG", "RF", "XA", "US"])
def test_two_films_of_a_series_both_hang_though_nobody_knows_their_views(films, modality):
    found = films("", "", in_one=True, modality=modality)
    assert names_and_places(found) == [("Current", [0, 1])]
    first, second = pictures(found)
    assert (first["begins"], second["begins"]) == (True, True)
    assert first["rank"] != second["rank"], "not taken for one view, whose pictures are linked"


@pytest.mark.parametrize("modality", ["CT", "MR", "NM", "US", "XA"])
def test_files_of_several_frames_are_stacks_of_their_own(films, modality):
    found = films("", "", in_one=True, modality=modality, frames=9)
    assert [one["begins"] for one in pictures(found)] == [True, True]


def test_one_series_of_both_views_hangs_the_frontal_left_by_its_position(films):
    for views in (("LL", "PA"), ("PA", "LL")):
        found = films(*views, in_one=True, modality="CR", description="CHEST PA AND LATERAL")
        told = unfolded(pictures(found))
        assert [(one["name"], one["note"], one["rank"]) for one in told] == [("Frontal", "PA", 0), ("Lateral", "LL", 2)]
        assert names_and_places(found) == [("Current", [0, 1])]


def test_a_decubitus_film_is_a_frontal_one(films):
    [film] = films("AP", modality="CR", description="LEFT LATERAL DECUBITUS")
    assert (film.view.title, film.view.rank) == ("Frontal AP", 0)


def test_mammograms_hang_both_breasts_in_one_view_and_then_all_four(films):
    four = films("L MLO", "R MLO", "R CC", "R CC", "L CC", modality="MG")
    assert [film.view.title for film in four] == ["Right CC", "Right CC", "Left CC", "Right MLO", "Left MLO"]
    assert names_and_places(four) == [("Current", [0, 2]), ("All views", [0, 2, 3, 4])]
    again = hung([film.image for film in four], chosen=four[4].image.pk)
    assert [film.view.title for film in again if film.is_shown] == ["Right MLO", "Left MLO"]


def test_all_views_leave_none_out_for_a_second_film_of_another(films):
    assert names_and_places(films(*["PA"] * 5, "LL"))[1] == ("All views", [0, 1, 2, 5])


def test_each_view_hangs_beside_its_prior_and_then_both(films):
    current, prior = films("PA", "LL"), films("PA", "LL")
    assert names_and_places(current, [prior]) == [
        ("Current", [0, 1]),
        ("Current and prior", [0, 2]),
        ("Other view and prior", [1, 3]),
        ("Both views and prior", [0, 1, 2, 3]),
    ]


def test_a_prior_of_one_view_hangs_beside_that_one(films):
    assert names_and_places(films("PA", "LL"), [films("PA"), films("LL")]) == [
        ("Current", [0, 1]),
        ("Current and prior", [0, 2]),
        ("Current and prior 2", [1, 3]),
    ]


def add_series(study, count, number):
    """A series of slices without a view, one file each."""
    series = Series.objects.create(study=study, series_uid=f"1.3.{study.pk}.{number}", number=number, modality="CT")
    return Image.objects.bulk_create(
        Image(
            series=series, sop_uid=f"1.3.{study.pk}.{number}.{n}", sha256="a" * 64, rows=512, columns=512, frames=1,
            instance_number=n, preview_sha256="b" * 64, thumbnail_sha256="c" * 64,
        )
        for n in range(1, count + 1)
    )  # fmt: skip


def unfolded(told):
    """The pictures as the viewer takes them: what one does not say is as the one before has it."""
    whole, before = [], {}
    for picture in told:
        before = before | picture
        whole.append(before)
    return whole


def test_every_picture_of_a_large_study_is_told_and_tells_little(db):
    world = make_world(n_studies=1)
    first, second = add_series(world.studies[0], 40, 1), add_series(world.studies[0], 3, 2)
    told = case_of(world.slot()).viewer["images"]
    whole = unfolded(told)
    assert [picture["id"] for picture in whole] == [image.pk for image in (*first, *second)]
    assert [picture["series"] for picture in whole] == [first[0].series_id] * 40 + [second[0].series_id] * 3
    assert len({picture["frameUrls"][0] for picture in whole}) == 43
    assert [n for n, picture in enumerate(whole) if picture["preview"]] == [0, 40], "one for a stack"
    assert max(len(json.dumps(picture)) for n, picture in enumerate(told) if n not in (0, 1, 40, 41)) < 150


def test_a_chosen_slice_hangs_and_the_rest_of_its_stack_is_there(db):
    world = make_world(n_studies=1)
    images = add_series(world.studies[0], 40, 1)
    viewer = case_of(world.slot(), film=images[30].pk).viewer
    assert (viewer["hangings"][0]["images"], len(viewer["images"])) == ([30], 40)
    assert [n for n, picture in enumerate(unfolded(viewer["images"])) if picture["preview"]] == [0, 30]


def test_of_a_coming_study_only_what_hangs_is_fetched(db):
    world = make_world(n_studies=2)
    images = add_series(world.studies[1], 40, 1)
    [coming] = case_of(world.slot()).viewer["prefetch"]
    assert [picture["id"] for picture in coming["images"]] == [images[0].pk]


@pytest.mark.parametrize("count", [1, 40])
def test_pictures_are_read_in_one_query_however_many(db, django_assert_num_queries, count):
    study = factories.make_study(factories.make_benchmark())
    add_series(study, count, 1)
    with django_assert_num_queries(1):
        assert len(films_of([study.pk])[study.pk]) == count
