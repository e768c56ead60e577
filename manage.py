#!/usr/bin/env python
"""Runs the product's commands; `manage.py help` lists them."""

import os
import signal
import sys


def main() -> None:
    """Prepare the database the command needs, then run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # So that a terminated command lets go of the embedded database like one that ends by itself.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))

    from django.core.management import execute_from_command_line

    from config.bootstrap import DatabaseNotReadyError, check_server, prepare_database
    from core.adapters.embedded_postgres import EmbeddedPostgresError

    try:
        prepare_database(sys.argv)
        check_server(sys.argv)
        execute_from_command_line(sys.argv)
    except (DatabaseNotReadyError, EmbeddedPostgresError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
