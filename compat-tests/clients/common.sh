# What the run scripts of the clients share; sourced, with the client's name as its argument.
set -euo pipefail

client=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # Used by the scripts that source this file.
cache=${UNDERSTUDY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy}/clients/$client
messages=1000
partitions=3

fail() {
  echo "$client: $*" >&2
  exit 1
}

# need COMMAND PACKAGE: a missing tool is named together with the Debian package that has it.
need() {
  command -v "$1" > /dev/null || fail "$1 not found (Debian: apt-get install $2)"
}

# bootstrap_of [ADDRESS]: the argument, or else the environment.
bootstrap_of() {
  local address=${1:-${KAFKA_BOOTSTRAP:-}}
  [ -n "$address" ] || fail "usage: run HOST:PORT (or set KAFKA_BOOTSTRAP)"
  echo "$address"
}

# A name that no earlier run against the same broker has used.
fresh_topic() {
  echo "smoke-$client-$(date +%s%N)"
}

# is_current STAMP FILE...: whether STAMP was written after the last change of every FILE.
is_current() {
  local stamp=$1 file
  shift
  for file in "$@"; do
    [ "$stamp" -nt "$file" ] || return 1
  done
}

# numbers_of PARTITION: the numbers of the messages that belong to it, in order.
numbers_of() {
  seq "$1" "$partitions" $((messages - 1))
}

# read_back ADDRESS TOPIC PARTITION NUMBERS_OF: reads a whole partition with kcat and compares offset, key and
# value of every message with those of the NUMBERS_OF-th share of the messages.
read_back() {
  local wanted found
  wanted=$(numbers_of "$4" | awk '{ print NR - 1, $1, "message " $1 }')
  found=$(timeout 60 kcat -C -q -e -b "$1" -t "$2" -p "$3" -o beginning -f '%o %k %s\n') ||
    fail "kcat could not read $2 [$3]"
  [ "$found" = "$wanted" ] ||
    fail "$2 [$3] does not hold what was sent; first differences (<: sent, >: held):
$(diff <(echo "$wanted") <(echo "$found") | head -n 12)"
}

# fetch_python: the virtual environment of requirements.txt, in the cache folder.
fetch_python() {
  ! is_current "$cache/built" "$here/requirements.txt" || ! "$cache/venv/bin/python" -c '' 2> /dev/null || return 0
  mkdir -p "$cache"
  rm -f "$cache/built"  # what is interrupted from here on is begun anew
  python3 -m venv --clear "$cache/venv" >&2 || fail "no virtual environment (Debian: apt-get install python3-venv)"
  "$cache/venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: -r "$here/requirements.txt" >&2 ||
    fail "pip could not fetch $(cat "$here/requirements.txt")"
  touch "$cache/built"
}

# fetch_npm PROGRAM...: what package-lock.json names, and the programs that use it, in the cache folder.
fetch_npm() {
  ! is_current "$cache/built" "$here/package.json" "$here/package-lock.json" "$@" || return 0
  mkdir -p "$cache"
  rm -f "$cache/built"
  cp "$here/package.json" "$here/package-lock.json" "$@" "$cache/"
  (cd "$cache" && npm ci --silent --no-audit --no-fund >&2) || fail "npm could not fetch $client"
  touch "$cache/built"
}

# build_go PACKAGE NAME: sets `program`, which is built once into the cache folder, with the installed Go: no other one is
# downloaded. A client whose newest release wants Go 1.26 has a go-1.23.mod too, which names the newest release that an
# older Go can build, such as the one of Debian 12's backports.
build_go() {
  need go golang-go
  export GOTOOLCHAIN=local
  local release modules=$here/go.mod
  release=$(go env GOVERSION)
  if [ -e "$here/go-1.23.mod" ] && [ "$(printf '%s\n' go1.26 "$release" | sort -V | head -n 1)" != go1.26 ]; then
    modules=$here/go-1.23.mod
  fi
  program=$cache/$2-$release
  ! is_current "$program" "$here/$1"/*.go "$modules" || return 0
  mkdir -p "$cache"
  (cd "$here" && go build -mod=readonly -buildvcs=false -modfile="$modules" -o "$program" "./$1") >&2 ||
    fail "$release could not build the program $2"
}
