// Fetch (key 1): reads record batches, by consumers and by followers.
//  v4   the lowest of Kafka 4; isolation level, last stable offset, aborted transactions
//  v5   log start offset, both ways
//  v7   sessions, with an error and a session id for the whole response (KIP-227)
//  v9   the leader epoch that the client knows (KIP-320)
//  v10  zstd may be answered
//  v11  rack id and preferred read replica (KIP-392)
//  v12  flexible; the epoch last fetched and the place where logs diverge (KIP-595)
//  v13  topics go by id, both ways (KIP-516)
//  v14  followers may be told that data moved to tiered storage (KIP-405)
//  v15  a follower names itself in a tagged struct with its epoch (KIP-903)
//  v16  addresses of the new leaders (KIP-951)
//  v17  the log directory of a follower (KIP-853)
//  v18  the high watermark that a follower knows (KIP-1166)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace fetch_request {

struct ReplicaState {
  WIRE_STRUCT(ReplicaState);
  FIELD(std::int32_t, replica_id, .versions = "15+", .initial = -1,
        .about = "The follower that asks; -1 for consumers.");
  FIELD(std::int64_t, replica_epoch, .versions = "15+", .initial = -1);
  WIRE_END;
};

struct FetchPartition {
  WIRE_STRUCT(FetchPartition);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, current_leader_epoch, .versions = "9+", .initial = -1, .ignorable = true,
        .about = "-1 if the client does not know it; then it is not checked.");
  FIELD(std::int64_t, fetch_offset, .versions = "0+");
  FIELD(std::int32_t, last_fetched_epoch, .versions = "12+", .initial = -1,
        .about = "Lets the broker see that the logs diverged; -1 if unknown.");
  FIELD(std::int64_t, log_start_offset, .versions = "5+", .initial = -1, .ignorable = true,
        .about = "Of the follower; consumers send -1.");
  FIELD(std::int32_t, partition_max_bytes, .versions = "0+", .about = "A wish, as max_bytes.");
  FIELD(Uuid, replica_directory_id, .versions = "17+", .tag = 0, .ignorable = true);
  FIELD(std::int64_t, high_watermark, .versions = "18+", .tag = 1, .initial = INT64_MAX,
        .ignorable = true);
  WIRE_END;
};

struct FetchTopic {
  WIRE_STRUCT(FetchTopic);
  FIELD(String, topic, .versions = "0-12", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "13+", .ignorable = true);
  FIELD(Array<FetchPartition>, partitions, .versions = "0+");
  WIRE_END;
};

struct ForgottenTopic {
  WIRE_STRUCT(ForgottenTopic);
  FIELD(String, topic, .versions = "7-12", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "13+", .ignorable = true);
  FIELD(Array<std::int32_t>, partitions, .versions = "7+");
  WIRE_END;
};

}  // namespace fetch_request

struct FetchRequest {
  WIRE_STRUCT(FetchRequest, .key = 1, .versions = "4-18", .flexible = "12+");
  FIELD(Nullable<String>, cluster_id, .versions = "12+", .tag = 0, .ignorable = true,
        .about = "Checked within the quorum only.");
  FIELD(std::int32_t, replica_id, .versions = "0-14", .initial = -1,
        .about = "The follower that asks; -1 for consumers.");
  FIELD(fetch_request::ReplicaState, replica_state, .versions = "15+", .tag = 1);
  FIELD(std::int32_t, max_wait_ms, .versions = "0+",
        .about = "How long the broker may wait for min_bytes.");
  FIELD(std::int32_t, min_bytes, .versions = "0+");
  FIELD(std::int32_t, max_bytes, .versions = "3+", .initial = INT32_MAX, .ignorable = true,
        .about = "A wish: one batch is answered even if it is larger.");
  FIELD(std::int8_t, isolation_level, .versions = "4+", .ignorable = true,
        .about =
            "0: everything below the high watermark; 1: nothing of open or aborted transactions.");
  FIELD(std::int32_t, session_id, .versions = "7+", .ignorable = true,
        .about = "0 if there is no session.");
  FIELD(std::int32_t, session_epoch, .versions = "7+", .initial = -1, .ignorable = true,
        .about = "0 opens a session, -1 ends it or does without.");
  FIELD(Array<fetch_request::FetchTopic>, topics, .versions = "0+");
  FIELD(Array<fetch_request::ForgottenTopic>, forgotten_topics_data, .versions = "7+",
        .about = "Partitions that leave the session.");
  FIELD(String, rack_id, .versions = "11+", .ignorable = true);
  WIRE_END;
};

namespace fetch_response {

struct EpochEndOffset {
  WIRE_STRUCT(EpochEndOffset);
  FIELD(std::int32_t, epoch, .versions = "12+", .initial = -1,
        .about = "The newest epoch that both logs may share.");
  FIELD(std::int64_t, end_offset, .versions = "12+", .initial = -1);
  WIRE_END;
};

struct LeaderIdAndEpoch {
  WIRE_STRUCT(LeaderIdAndEpoch);
  FIELD(std::int32_t, leader_id, .versions = "12+", .initial = -1);
  FIELD(std::int32_t, leader_epoch, .versions = "12+", .initial = -1);
  WIRE_END;
};

struct SnapshotId {
  WIRE_STRUCT(SnapshotId);
  FIELD(std::int64_t, end_offset, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, epoch, .versions = "0+", .initial = -1);
  WIRE_END;
};

struct AbortedTransaction {
  WIRE_STRUCT(AbortedTransaction);
  FIELD(std::int64_t, producer_id, .versions = "4+");
  FIELD(std::int64_t, first_offset, .versions = "4+",
        .about = "Where the aborted transaction begins.");
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, high_watermark, .versions = "0+");
  FIELD(std::int64_t, last_stable_offset, .versions = "4+", .initial = -1, .ignorable = true,
        .about = "Below it every transaction is decided.");
  FIELD(std::int64_t, log_start_offset, .versions = "5+", .initial = -1, .ignorable = true);
  FIELD(EpochEndOffset, diverging_epoch, .versions = "12+", .tag = 0,
        .about = "Set if the client's log has to be cut; there are no records then.");
  FIELD(LeaderIdAndEpoch, current_leader, .versions = "12+", .tag = 1);
  FIELD(SnapshotId, snapshot_id, .versions = "12+", .tag = 2);
  FIELD(Nullable<Array<AbortedTransaction>>, aborted_transactions, .versions = "4+",
        .initial = kEmpty, .ignorable = true, .about = "Null unless read_committed was asked for.");
  FIELD(std::int32_t, preferred_read_replica, .versions = "11+", .initial = -1,
        .about = "A follower that should be asked instead, or -1.");
  FIELD(Nullable<Records>, records, .versions = "0+",
        .about = "Whole batches, except that the last may be cut off.");
  WIRE_END;
};

struct FetchableTopicResponse {
  WIRE_STRUCT(FetchableTopicResponse);
  FIELD(String, topic, .versions = "0-12", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "13+", .ignorable = true);
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct NodeEndpoint {
  WIRE_STRUCT(NodeEndpoint);
  FIELD(std::int32_t, node_id, .versions = "16+");
  FIELD(String, host, .versions = "16+");
  FIELD(std::int32_t, port, .versions = "16+");
  FIELD(Nullable<String>, rack, .versions = "16+");
  WIRE_END;
};

}  // namespace fetch_response

struct FetchResponse {
  WIRE_STRUCT(FetchResponse, .key = 1, .versions = "4-18", .flexible = "12+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "7+", .ignorable = true);
  FIELD(std::int32_t, session_id, .versions = "7+",
        .about = "The session that was opened or goes on, else 0.");
  FIELD(Array<fetch_response::FetchableTopicResponse>, responses, .versions = "0+");
  FIELD(Array<fetch_response::NodeEndpoint>, node_endpoints, .versions = "16+", .tag = 0,
        .about = "Addresses of the leaders named in current_leader.");
  WIRE_END;
};

}  // namespace understudy::wire
