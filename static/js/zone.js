// Tells the server the time zone of this browser, for the pages that come: theirs are the reader's own times (core/middleware.py).

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const secure = location.protocol === "https:" ? "; secure" : "";
if (timeZone) document.cookie = `zone=${encodeURIComponent(timeZone)}; path=/; max-age=${365 * 86400}; samesite=lax${secure}`;
