#!/usr/bin/env bash
# Holds template.yaml to cfn-lint and to SAM's own transform: the ones on PATH,
# else a set of our own in the cache, which is put there first. Ends with 1, saying
# why, when they cannot be had or find a fault.
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
cfn-lint template.yaml && python3 .ci/transform.py template.yaml
