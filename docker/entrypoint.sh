#!/bin/sh
# The images' entry: `web`, `worker` (all jobs), `awaited` (only what a reader waits for), or any command of manage.py. Web and worker first bring the tables up to date,
# under a lock, so that they may start together and in any number.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python}
export DJANGO_SETTINGS_MODULE=config.settings

case "${1:-}" in
web)
    "$PYTHON" -m config.bootstrap
    "$PYTHON" manage.py collectstatic --noinput --verbosity 0
    exec "$PYTHON" -m gunicorn config.wsgi:application --bind "${BIND:-0.0.0.0:8000}" --worker-class gthread \
        --workers "${WEB_PROCESSES:-2}" --threads "${WEB_THREADS:-8}" --timeout 120 --graceful-timeout 10 \
        --keep-alive 75 --log-level warning --no-control-socket
    ;;
worker | awaited)
    "$PYTHON" -m config.bootstrap
    # SIGTERM gives jobs a few seconds; a run that is cut off goes on with the next worker.
    export REMAP_SIGTERM=SIGQUIT
    set -- "$1" -m celery --app config worker --loglevel "${LOG_LEVEL:-INFO}"
    [ "$1" = worker ] || set -- "$@" --queues awaited
    shift
    exec "$PYTHON" "$@" --concurrency "${JOBS:-2}"
    ;;
"" | -h | --help)
    echo "Usage: entrypoint.sh web | worker | awaited | COMMAND OF manage.py" >&2
    exit 2
    ;;
*)
    exec "$PYTHON" manage.py "$@"
    ;;
esac
