#!/usr/bin/env bash
# Installs what the test of spreadsheets needs: LibreOffice Calc, Debian's if no
# soffice is on PATH. Ends with 1 and the reason when it cannot be installed.
set -euo pipefail

if ! command -v soffice >/dev/null; then
	if ! { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null; }; then
		echo '*** NOT TESTED: no soffice is on PATH, and apt-get could not install LibreOffice Calc' >&2
		exit 1
	fi
fi
echo "ready: $(soffice --version 2>/dev/null | head -n1)"
