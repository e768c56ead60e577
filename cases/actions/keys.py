"""Holding every site to the key that its identifiers were first mapped with."""

from cases.models import Site
from cases.queries import site_key
from cases.queries.keys import refuse_to_write


def hold_key(site: Site) -> None:
    """Notes the key's check value at the site's first import; raises KeyChangedError when a later one differs.

    Under another key the same patient would become somebody else, and every date another one, without a word.
    """
    if not site.key_check:
        Site.objects.filter(pk=site.pk, key_check="").update(key_check=site_key(site.code).check_value())
        site.refresh_from_db(fields=["key_check"])
    refuse_to_write(site)
