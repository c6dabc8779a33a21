#!/usr/bin/env bash
# Sees to cfn-lint and SAM's translator: the ones on PATH, else a set of our own
# in .cache/tools. Ends with 1, saying why, when they cannot be had.
set -uo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/.cache/tools
export PATH=$tools/bin:$PATH

present() {
	command -v cfn-lint >/dev/null && python3 -c 'import samtranslator, yaml' 2>/dev/null
}

present && exit
python3 -m venv "$tools" &&
	"$tools/bin/pip" install --quiet cfn-lint==1.51.0 aws-sam-translator==1.110.0 pyyaml &&
	present && exit
rm -rf "$tools"
echo '*** cfn-lint and the SAM translator are missing, and python3 could not install them' >&2
exit 1
