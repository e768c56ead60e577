"""Sends invitation links, when a mail server is set."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def send_invitation(*, email: str, link: str, invited_by: str, days: int) -> bool:
    """Mails the link to the person; False when there is no mail server, no address, or the server would not take it."""
    if not settings.EMAIL_HOST or not email:
        return False
    text = render_to_string("accounts/invitation_mail.txt", {"link": link, "invited_by": invited_by, "days": days})
    try:
        return bool(send_mail("Your invitation to Countersign", text, None, [email]))
    except (SMTPException, OSError) as error:
        logger.warning("the mail server did not take an invitation: %s", type(error).__name__)
        return False
