// Metadata (key 3): tells which brokers exist and who leads each partition.
//  v0   an empty list of topics asks for all
//  v1   null asks for all, an empty list for none; controller id, racks, internal topics
//  v2   cluster id
//  v3   throttle time
//  v4   the client decides whether topics are created; before, they always were
//  v5   offline replicas
//  v6   an endpoint missing on this listener is LISTENER_NOT_FOUND, before LEADER_NOT_AVAILABLE
//  v7   leader epoch (KIP-320)
//  v8   authorized operations; those of the cluster until v10
//  v9   flexible
//  v10  topic ids; usable in requests from v12 on (KIP-516)
//  v11  operations on the cluster are asked of DescribeCluster (KIP-700)
//  v12  topics may be asked for by id; names may be null
//  v13  an error for the whole response (KIP-1102)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace metadata_request {

struct MetadataRequestTopic {
  WIRE_STRUCT(MetadataRequestTopic);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true,
        .about = "Zero if the topic is named.");
  FIELD(Nullable<String>, name, .versions = "0+", .nullable = "10+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace metadata_request

struct MetadataRequest {
  WIRE_STRUCT(MetadataRequest, .key = 3, .versions = "0-13", .flexible = "9+");
  FIELD(Nullable<Array<metadata_request::MetadataRequestTopic>>, topics, .versions = "0+",
        .nullable = "1+", .initial = kEmpty, .about = "Null for all topics, except in version 0.");
  FIELD(bool, allow_auto_topic_creation, .versions = "4+", .initial = true,
        .about =
            "Whether a topic that does not exist may be created, if the broker is so configured.");
  FIELD(bool, include_cluster_authorized_operations, .versions = "8-10");
  FIELD(bool, include_topic_authorized_operations, .versions = "8+");
  WIRE_END;
};

namespace metadata_response {

struct MetadataResponseBroker {
  WIRE_STRUCT(MetadataResponseBroker);
  FIELD(std::int32_t, node_id, .versions = "0+");
  FIELD(String, host, .versions = "0+",
        .about = "As advertised for the listener on which the client asks.");
  FIELD(std::int32_t, port, .versions = "0+");
  FIELD(Nullable<String>, rack, .versions = "1+", .ignorable = true);
  WIRE_END;
};

struct MetadataResponsePartition {
  WIRE_STRUCT(MetadataResponsePartition);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+", .about = "-1 if there is none.");
  FIELD(std::int32_t, leader_epoch, .versions = "7+", .initial = -1, .ignorable = true,
        .about = "Rises with every change of leadership.");
  FIELD(Array<std::int32_t>, replica_nodes, .versions = "0+");
  FIELD(Array<std::int32_t>, isr_nodes, .versions = "0+");
  FIELD(Array<std::int32_t>, offline_replicas, .versions = "5+", .ignorable = true);
  WIRE_END;
};

struct MetadataResponseTopic {
  WIRE_STRUCT(MetadataResponseTopic);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, name, .versions = "0+", .nullable = "12+", .initial = kEmpty);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true);
  FIELD(bool, is_internal, .versions = "1+", .ignorable = true);
  FIELD(Array<MetadataResponsePartition>, partitions, .versions = "0+");
  FIELD(std::int32_t, topic_authorized_operations, .versions = "8+", .initial = INT32_MIN,
        .about = "A bit for each operation, or the least int32 if not asked for.");
  WIRE_END;
};

}  // namespace metadata_response

struct MetadataResponse {
  WIRE_STRUCT(MetadataResponse, .key = 3, .versions = "0-13", .flexible = "9+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "3+", .ignorable = true);
  FIELD(Array<metadata_response::MetadataResponseBroker>, brokers, .versions = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "2+", .ignorable = true);
  FIELD(std::int32_t, controller_id, .versions = "1+", .initial = -1, .ignorable = true,
        .about = "Where admin requests may go: in KRaft, any broker that is alive.");
  FIELD(Array<metadata_response::MetadataResponseTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, cluster_authorized_operations, .versions = "8-10", .initial = INT32_MIN);
  FIELD(ErrorCode, error_code, .versions = "13+", .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
