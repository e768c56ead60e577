"""What a person types to search a list for. A patient's name may be among it, so it comes in the body of a request and stands
in an address sealed: no log, history, bookmark or referrer tells it to whoever lacks ``SECRET_KEY``.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.utils.crypto import salted_hmac

TYPED, SEALED = "q", "search"
_LONGEST = 128  # characters


def sealed(text: str) -> str:
    """The text as an address may hold it; another each time."""
    return _seal().encrypt(text.encode()).decode()


def opened(token: str) -> str:
    """The text of which ``token`` was made; "" of none. Raises BadRequest where it was made under another key, or by hand."""
    try:
        return _seal().decrypt(token.encode()).decode() if token else ""
    except InvalidToken:
        raise BadRequest("The search in this address can be read no more; open the list and search again.") from None


def search_of(request: HttpRequest) -> str:
    """What the list that is asked for is searched for."""
    return opened(request.GET.get(SEALED, "")) or _cut(request.GET.get(TYPED, ""))


def sealed_redirect(request: HttpRequest) -> HttpResponseRedirect | None:
    """The way to the same list with what was typed sealed, other filters and order kept, from page one; None where nothing
    was sent that could be typed. Old bookmarks that hold it in the clear go there too.
    """
    sent = request.POST if request.method == "POST" else request.GET
    if request.method != "POST" and TYPED not in sent:
        return None
    query = QueryDict(mutable=True)
    for name in sent:
        if name not in _NOT_KEPT and (value := sent.get(name)):
            query[name] = str(value)
    if typed := _cut(sent.get(TYPED, "")):
        query[SEALED] = sealed(typed)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)


_NOT_KEPT = {TYPED, SEALED, "page", "csrfmiddlewaretoken"}


def _cut(typed: str) -> str:
    return typed.replace("\0", "").strip()[:_LONGEST]


def _seal() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("core.searches", "", algorithm="sha256").digest()))
