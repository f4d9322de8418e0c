#!/bin/bash
# The generators of golden vectors, run with Apache Kafka's own classes; what they need and make is kept in the cache.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${UNDERSTUDY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/understudy}/golden
release=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
instances=10
cases=5000
# Short runs: the quick compiler alone takes half the time.
java_options=(-Xmx2g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC)

usage() {
  cat <<TEXT
usage: compat-tests/golden/run.sh folder [SEED]
       compat-tests/golden/run.sh assignors [SEED]
       compat-tests/golden/run.sh golden ARGUMENT...

  folder     print a folder with the definitions of Kafka $release's messages (messages/*.json) and the golden vectors of
             SEED, by default 1 (seed-1.jsonl.gz, assignors-1.jsonl.gz); makes what is not there yet
  assignors  print the path of the vectors of the server-side assignors alone; makes them if they are not there yet
  golden     run Golden.java as it is: generate SEED INSTANCES FILE | verify FILE | messages FOLDER | apis | errors

environment:
  UNDERSTUDY_CACHE  where they are kept (default ~/.cache/understudy), by a hash of the generators and the release

Needs a JDK 17 or newer and Maven (scripts/deps test installs them).
TEXT
}

fail() {
  echo "compat-tests/golden/run.sh: $*" >&2
  exit 1
}

hash_of() {
  cat "$@" | sha256sum | cut -c 1-16
}

# The jars and the compiled generators. They arrive in a folder of their own and are moved into place whole, so that an
# interrupted or a second, simultaneous call never leaves half of them behind.
make_tools() {
  [ ! -d "$tools" ] || return 0
  command -v javac > /dev/null || fail "javac not found (Debian: apt-get install default-jdk-headless, or scripts/deps test)"
  command -v mvn > /dev/null || fail "mvn not found (Debian: apt-get install maven, or scripts/deps test)"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/tools.XXXXXX")
  echo "compat-tests/golden/run.sh: fetching the classes of Apache Kafka $release with Maven" >&2
  mvn -B -q -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/jars" >&2 ||
    fail "Maven could not fetch the jars that compat-tests/golden/pom.xml names"
  javac -nowarn -d "$work/classes" -cp "$work/jars/*" "$here/Golden.java" "$here/assignors/Assignors.java" >&2
  mkdir "$work/messages"
  java "${java_options[@]}" -cp "$work/classes:$work/jars/*" Golden messages "$work/messages" >&2
  chmod 755 "$work"
  mv -T "$work" "$tools" 2> /dev/null || [ -d "$tools" ] || fail "cannot write $tools"
}

# run_java CLASS ARGUMENT...
run_java() {
  java "${java_options[@]}" -cp "$tools/classes:$tools/jars/*" "$@"
}

# make_file FILE CLASS ARGUMENT...: FILE as the program CLASS ARGUMENT... writes it, whole or not at all.
make_file() {
  local file=$1
  shift
  [ ! -s "$file" ] || return 0
  echo "compat-tests/golden/run.sh: making ${file##*/} with the classes of Apache Kafka $release" >&2
  part=$(mktemp "$file.XXXXXX")
  run_java "$@" "$part" >&2
  chmod 644 "$part"
  mv "$part" "$file"
}

main() {
  local verb=${1:-}
  [ $# -eq 0 ] || shift
  tools=$cache/$release-$(hash_of "$here/pom.xml" "$here/Golden.java" "$here/assignors/Assignors.java")
  trap 'rm -rf "${work:-}" "${part:-}"' EXIT
  local seed=${1:-1}
  case $verb in
    folder | assignors) [[ $seed =~ ^[0-9]+$ ]] || fail "'$seed' is no seed: a number is" ;;
    golden) ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  make_tools
  case $verb in
    folder)
      make_file "$tools/seed-$seed.jsonl.gz" Golden generate "$seed" "$instances"
      make_file "$tools/assignors-$seed.jsonl.gz" Assignors generate "$seed" "$cases"
      echo "$tools"
      ;;
    assignors)
      make_file "$tools/assignors-$seed.jsonl.gz" Assignors generate "$seed" "$cases"
      echo "$tools/assignors-$seed.jsonl.gz"
      ;;
    golden) run_java Golden "$@" ;;
  esac
}

main "$@"
