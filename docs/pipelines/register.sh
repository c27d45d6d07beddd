#!/usr/bin/env bash
# Register the files of an isolate: register.sh ISOLATE FILE...
#
# Files that are tracked already are skipped. The results of the others are written to standard output, as TSV. After a
# failure, run it again: what has been done is not done again.
#
# TRACKING_CLIENT_HOST says where the service is. The exit codes are those of tracking-client; 75 is a temporary failure.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: register.sh ISOLATE FILE..." >&2
    exit 2
fi
isolate=$1
shift

# tracking-client keeps trying what fails temporarily, for this many seconds.
export TRACKING_CLIENT_RETRY_FOR=${TRACKING_CLIENT_RETRY_FOR:-600}

# What to exit with after that. Some workflow engines retry certain codes already.
tempfail_code=${TEMPFAIL_CODE:-75}

known=$(mktemp)
trap 'rm -f "$known"' EXIT

# One process hashes and looks up all files. With --exit-zero, "not tracked" is no failure.
tracking-client --tempfail-code "$tempfail_code" known --exit-zero --format tsv -- "$@" > "$known" || {
    code=$?
    grep '^failed' "$known" >&2 || true
    exit "$code"
}

# The table has a row for each file, in the same order. The status is the first column.
missing=()
exec 3< "$known"
read -r _ <&3
for file in "$@"; do
    IFS=$'\t' read -r status _ <&3
    [ "$status" = tracked ] || missing+=("$file")
done
echo "$isolate: ${#missing[@]} of $# files to register" >&2

if [ "${#missing[@]}" -gt 0 ]; then
    tracking-client --tempfail-code "$tempfail_code" register --create --isolate "$isolate" --format tsv -- "${missing[@]}"
fi
