#!/usr/bin/env bash
# Builds what a release consists of, into build/release: usher for six platforms, the
# functions' zips with a template that needs neither Go nor SAM, a list of contents for
# each program, and the checksums of all. The same commit gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

go=${GO:-go}
version=${VERSION:-$(git describe --tags --always --dirty)}
cyclonedx=${CYCLONEDX:?the module and version of the program that writes the lists}
out=build/release
rm -rf "$out"
mkdir -p "$out" build/staging/completions

build() { CGO_ENABLED=0 "$go" build -trimpath -buildvcs=false -ldflags="-s -X main.release=$version" -o "$1" ./cmd/usher; }

build build/staging/host
for shell in bash zsh fish powershell; do
	build/staging/host completion "$shell" >"build/staging/completions/usher.$shell"
done

for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}; do
	os=${platform%/*} arch=${platform#*/} name=usher
	[[ $os == windows ]] && name=usher.exe
	folder=build/staging/${os}_$arch
	mkdir -p "$folder"
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch "$go" vet ./cmd/usher/...
	GOOS=$os GOARCH=$arch build "$folder/$name"
	"$go" run .ci/zip.go "$out/usher_${os}_$arch.zip" "$folder/$name" LICENSE NOTICE build/staging/completions/usher.*
	[[ -n ${NO_SBOM-} ]] || "$go" run "$cyclonedx" bin -json -noserial -notimestamp -output "$out/usher_${os}_$arch.cdx.json" "$folder/$name"
done

if [[ -n ${NO_SBOM-} ]]; then make --no-print-directory package; else make --no-print-directory sbom; fi
cp build/*Function.zip "$out"
[[ -n ${NO_SBOM-} ]] || cp build/*Function.cdx.json "$out"
"$go" run .ci/packaged.go <template.yaml >"$out/template.yaml"
cp LICENSE NOTICE "$out"
(cd "$out" && LC_ALL=C sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
cat "$out/SHA256SUMS"
