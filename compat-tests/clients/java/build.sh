# What run and member share; sourced. Maven builds the programs once, in the cache folder.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh" java
need java default-jdk-headless
need mvn maven

build_java() {
  ! is_current "$cache/built" "$here/pom.xml" "$here"/src/main/java/*.java || return 0
  mkdir -p "$cache"
  rm -f "$cache/built"
  mvn -B -q -f "$here/pom.xml" -Dsmoke.directory="$cache" clean package > "$cache/maven.log" 2>&1 ||
    fail "Maven could not build the programs: $(cat "$cache/maven.log")"
  touch "$cache/built"
}

# The JVM's options for a program that runs for seconds, and where its classes are.
java_options=(-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
  -cp "$cache/target/classes:$cache/target/libs/*")
