#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that usher's programs call. Ends with 0
# if there are none, with 3 if there are some, with 4 if the list of them
# (https://vuln.go.dev) cannot be reached, so that nothing was checked, and with 1 if
# govulncheck itself could not run. Arguments go to govulncheck: -db URL, say.
set -uo pipefail
cd "$(dirname "$0")/.."

said=$(mktemp)
trap 'rm -f "$said"' EXIT
go tool govulncheck "$@" ./cmd/... ./functions/... 2>&1 | tee "$said"
ended=${PIPESTATUS[0]}
if grep -q 'govulncheck: fetching vulnerabilities' "$said"; then
	echo '*** NOT CHECKED: the list of vulnerabilities cannot be reached' >&2
	exit 4
fi
exit "$ended"
