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
