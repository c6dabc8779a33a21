#!/usr/bin/env bash
# Installs what the console's tests need: a Chromium, Debian's if none is on
# PATH, and axe-core in the cache. Ends with 1 and the reason when one cannot be
# installed.
set -euo pipefail
. "$(dirname "$0")/cache.sh"

axe=axe-core@4.14.1
axe_sum=FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
place=$cache/axe/4.14.1

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if ! browser >/dev/null; then
	# Inter is the first of the console's typefaces; without it the pages use any
	# typeface of the machine.
	if ! { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-inter fonts-liberation >/dev/null; }; then
		echo '*** no Chromium is on PATH, and apt-get could not install one' >&2
		exit 1
	fi
fi

if [[ ! -f $place/axe.min.js ]]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	npm_pack "$axe" "$axe_sum" "$work" || { echo "*** $axe could not be fetched with npm" >&2; exit 1; }
	mkdir -p "$place"
	tar -xzf "$work"/*.tgz -C "$place" --strip-components=1 package/axe.min.js package/LICENSE
fi
echo "the browser is ready: $("$(browser)" --version 2>/dev/null | head -n1), axe-core ${place##*/}"
