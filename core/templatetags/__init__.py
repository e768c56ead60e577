"""Template tags of every page: `ui` (figures, times, badges, icons, sorting) and `nav` (who sees which link)."""
