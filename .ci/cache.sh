# To be sourced. Sets cache, the folder for what no system package provides:
# peers, tools, axe-core. It is outside the repository, because sam build copies
# everything in there, once for each function. Tests find it by peers.CacheDir,
# which follows the same rule.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/usher

# npm_pack PACKAGE@VERSION SHA512 FOLDER fetches the archive of a package into a
# folder, and removes it unless it has this sum (in base64, as npm view PACKAGE
# dist.integrity prints it).
npm_pack() {
	local archive
	archive=$3/$(npm pack --silent --pack-destination "$3" "$1") && [[ -f $archive ]] || return
	if [[ $(node -p "require('crypto').createHash('sha512').update(require('fs').readFileSync(process.argv[1])).digest('base64')" "$archive") != "$2" ]]; then
		rm -f "$archive"
		echo "*** $1 has changed: its SHA-512 differs" >&2
		return 1
	fi
}
