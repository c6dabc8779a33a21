#!/usr/bin/env bash
# Checks template.yaml with cfn-lint and SAM's own transform: those on PATH, or
# else those in the cache, which are installed first. Ends with 1 and the reason
# when they cannot be installed or find a fault.
set -uo pipefail
cd "$(dirname "$0")/.."
. .ci/cache.sh

tools=$cache/tools
export PATH=$tools/bin:$PATH

present() {
	command -v cfn-lint >/dev/null && python3 -c 'import samtranslator, yaml' 2>/dev/null
}

install() {
	python3 -m venv "$tools" &&
		"$tools/bin/pip" install --quiet -c .ci/constraints.txt cfn-lint aws-sam-translator pyyaml &&
		present
}

if ! present && ! install; then
	rm -rf "$tools"
	echo '*** cfn-lint and the SAM translator are missing, and python3 could not install them' >&2
	exit 1
fi
mkdir -p build && go run .ci/packaged.go <template.yaml >build/packaged.yaml
for template in template.yaml build/packaged.yaml; do
	cfn-lint "$template" && python3 .ci/transform.py "$template" || exit 1
done
