# What run and member share; sourced. KafkaJS and the programs lie in the cache folder.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh" kafkajs
need node nodejs
need npm npm

fetch_npm "$here"/*.js
export KAFKAJS_NO_PARTITIONER_WARNING=1
