#!/usr/bin/env bash
# Does with the real SAM CLI and Docker what docs/sam-local.md describes: validates the
# template for every stage, builds, invokes each function in a container with its
# events of events/, and calls start-api. Ends with 1 at the first failure. When it has
# passed, note the date and the version that it prints under "What has been run" there.
#
# BRIDGE is the host's address for containers; by default Docker's own bridge on Linux,
# and host.docker.internal elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in sam docker go curl; do
	command -v "$tool" >/dev/null || { echo "*** $tool is not on PATH" >&2; exit 1; }
done
docker info >/dev/null || { echo '*** Docker does not run' >&2; exit 1; }

export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=ap-northeast-1 SAM_CLI_TELEMETRY=0
case $(uname -m) in arm64 | aarch64) arch=arm64 ;; *) arch=x86_64 ;; esac
if [[ $(uname) == Linux ]]; then
	bridge=${BRIDGE:-$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')}
else
	bridge=${BRIDGE:-host.docker.internal}
fi
parameters=(--parameter-overrides Stage=dev "Architecture=$arch")
port=3900
work=$(mktemp -d)
started=()

end() {
	for process in "${started[@]}"; do
		kill "$process" 2>/dev/null && wait "$process" || true
	done
	rm -rf "$work"
}
trap end EXIT

# until_it SECONDS COMMAND... tries a command once a second.
until_it() {
	local tries=$1
	shift
	until "$@" >/dev/null 2>&1; do
		((tries-- > 0)) || { echo "*** gave up waiting for: $*" >&2; return 1; }
		sleep 1
	done
}

# answers FUNCTION EVENT PATTERN invokes a function with an event; the answer must match.
answers() {
	sam local invoke "$1" -e "events/$2" --env-vars env.json "${parameters[@]}" >"$work/answer" 2>"$work/log" ||
		{ echo "*** $2:" >&2; cat "$work/log" >&2; return 1; }
	if grep -q '"errorType"' "$work/answer" || ! grep -qE "$3" "$work/answer"; then
		echo "*** $2: $1 answered" >&2
		cat "$work/answer" >&2
		return 1
	fi
	echo "ok $2"
}

for stage in default dev stg prd; do
	sam validate --config-env "$stage"
done
ARCH=$arch sam build "${parameters[@]}"

go build -o build/local-aws ./cmd/local-aws
rm -f env.json
BRIDGE=$bridge build/local-aws >"$work/local-aws" 2>&1 &
started+=($!)
until_it 60 test -f env.json || { cat "$work/local-aws" >&2; exit 1; }

answers WorkerFunction worker-one.json '"batchItemFailures": ?\[\]'
answers WorkerFunction worker-ten.json '"batchItemFailures": ?\[\]'
answers WorkerFunction worker-poison.json '"itemIdentifier"'
answers DeadLetterFunction deadletter.json '"itemIdentifier"'
answers RequeueFunction requeue.json '"count"'
for event in events/get-*.json events/post-*.json; do
	answers ApiFunction "${event#events/}" '"statusCode": ?[234]'
done

sam local start-api --port "$port" --env-vars env.json "${parameters[@]}" >"$work/start-api" 2>&1 &
started+=($!)
until_it 60 curl -fsS "http://127.0.0.1:$port/health" || { cat "$work/start-api" >&2; exit 1; }
curl -fsS "http://127.0.0.1:$port/requests" -H 'Content-Type: application/json' -d '{"users":["start-api@example.org"]}' | grep -q '"request_id"'
echo "ok start-api"

echo
echo "*** all checks passed: $(sam --version), $arch, $(date -u +%F)"
