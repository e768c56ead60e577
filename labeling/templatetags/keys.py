"""The key of an action as its reader has it, on a button or in a sentence."""

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from labeling.keymap import spoken

register = template.Library()


@register.simple_tag(takes_context=True)
def key(context: Context, action: str, most: int = 1) -> SafeString:
    """The first keys of the action in the page's ``keymap``, as ``<kbd>``; an empty one, which is not shown, without any."""
    return format_html("<kbd>{}</kbd>", " ".join(spoken(one) for one in context["keymap"][action][:most]))


@register.simple_tag(takes_context=True)
def keys_title(context: Context, action: str) -> SafeString:
    """All keys of the action as the ``title`` of its button, those of the left hand with them; nothing without any."""
    keys = " or ".join(spoken(one) for one in context["keymap"][action])
    return format_html(' title="{}"', keys) if keys else SafeString("")
