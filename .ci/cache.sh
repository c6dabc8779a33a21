# To be sourced. Sets cache, the folder for what no package of the system
# provides: peers, tools, axe-core. It lies outside the repository, for sam build
# copies all that lies within, once for each function. Tests look for it by
# peers.CacheDir, which goes by the same rule.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/usher
