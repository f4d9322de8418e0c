# What the suites share; sourced, with the suite's name as its argument.
set -euo pipefail

suite=$1
shift
# shellcheck disable=SC2034  # Used by the scripts that source this file.
here=$(cd "$(dirname "$0")" && pwd)
cache=${UNDERSTUDY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy}/suites/$suite
bootstrap=
# Not empty: the tests of transactions are left out (scripts/suites --without-transactions).
without_transactions=${SUITE_WITHOUT_TRANSACTIONS:-}
passed=0 failed=0

fail() {
  echo "$suite: $*" >&2
  exit 1
}

# need COMMAND PACKAGE: a missing tool is named together with the Debian package that has it.
need() {
  command -v "$1" > /dev/null || fail "$1 not found (Debian: apt-get install $2)"
}

# is_built FILE...: whether the suite was built after the last change of every FILE. What is interrupted is begun anew.
is_built() {
  local file
  [ -e "$cache/built" ] || return 1
  for file in "$@"; do
    [ "$cache/built" -nt "$file" ] || return 1
  done
}

start_building() {
  rm -rf "$cache"
  mkdir -p "$cache"
}

built() {
  touch "$cache/built"
}

# The id of the broker, which some tests name.
node_id() {
  local id
  need kcat kcat
  id=$(kcat -L -b "$bootstrap" -m 20 | sed -n 's/^  *broker \([0-9]*\) at .*/\1/p' | head -n 1)
  [ -n "$id" ] || fail "there is no broker at $bootstrap"
  echo "$id"
}

# The last line of every suite.
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
