#!/usr/bin/env bash
# Register the files of an isolate: register.sh ISOLATE FILE...
#
# All of them are registered, those that are tracked too: only so is a file under another isolate noticed, which is exit
# code 4. The results are written to standard output, as TSV. After a failure, run it again: what has been done is not
# done again.
#
# TRACKING_CLIENT_HOST says where the service is. The exit codes are those of tracking-client; 75 is a temporary failure.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: register.sh ISOLATE FILE..." >&2
    exit 2
fi
: "${TRACKING_CLIENT_HOST:?is not set: the service, such as http://tracking-api-service/api/v1}"
isolate=$1
shift

# tracking-client keeps trying what fails temporarily, for this long.
export TRACKING_CLIENT_RETRY_FOR=${TRACKING_CLIENT_RETRY_FOR:-10m}

# What to exit with after that. Some workflow engines retry certain codes already.
tempfail_code=${TEMPFAIL_CODE:-75}

# After = and after --, a name may begin with a hyphen. Paths end with NUL, so that they may have any name and be many.
printf '%s\0' "$@" | tracking-client --tempfail-code "$tempfail_code" register --create --isolate="$isolate" --format tsv \
    --files-from - --null
