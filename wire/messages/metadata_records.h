// Records of the metadata log (KRaft), in the order of their keys.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace register_broker_record {

struct BrokerEndpoint {
  WIRE_STRUCT(BrokerEndpoint);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  FIELD(std::int16_t, security_protocol, .versions = "0+");
  WIRE_END;
};

struct BrokerFeature {
  WIRE_STRUCT(BrokerFeature);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int16_t, min_supported_version, .versions = "0+");
  FIELD(std::int16_t, max_supported_version, .versions = "0+");
  WIRE_END;
};

}  // namespace register_broker_record

struct RegisterBrokerRecord {
  WIRE_STRUCT(RegisterBrokerRecord, .key = 0, .versions = "0-4", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(bool, is_migrating_zk_broker, .versions = "2+");
  FIELD(Uuid, incarnation_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+");
  FIELD(Array<register_broker_record::BrokerEndpoint>, end_points, .versions = "0+");
  FIELD(Array<register_broker_record::BrokerFeature>, features, .versions = "0+");
  FIELD(Nullable<String>, rack, .versions = "0+", .initial = kEmpty);
  FIELD(bool, fenced, .versions = "0+", .initial = true);
  FIELD(bool, in_controlled_shutdown, .versions = "1+");
  FIELD(Array<Uuid>, log_dirs, .versions = "3+", .tag = 0);
  FIELD(Nullable<Array<Uuid>>, cordoned_log_dirs, .versions = "4+", .tag = 1);
  WIRE_END;
};

struct UnregisterBrokerRecord {
  WIRE_STRUCT(UnregisterBrokerRecord, .key = 1, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+");
  WIRE_END;
};

struct TopicRecord {
  WIRE_STRUCT(TopicRecord, .key = 2, .versions = "0", .flexible = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(Uuid, topic_id, .versions = "0+");
  WIRE_END;
};

struct PartitionRecord {
  WIRE_STRUCT(PartitionRecord, .key = 3, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, partition_id, .versions = "0+", .initial = -1);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, replicas, .versions = "0+");
  FIELD(Array<std::int32_t>, isr, .versions = "0+");
  FIELD(Array<std::int32_t>, removing_replicas, .versions = "0+");
  FIELD(Array<std::int32_t>, adding_replicas, .versions = "0+");
  FIELD(std::int32_t, leader, .versions = "0+", .initial = -1);
  FIELD(std::int8_t, leader_recovery_state, .versions = "0+", .tag = 0);
  FIELD(std::int32_t, leader_epoch, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, partition_epoch, .versions = "0+", .initial = -1);
  FIELD(Array<Uuid>, directories, .versions = "1+");
  FIELD(Nullable<Array<std::int32_t>>, eligible_leader_replicas, .versions = "2+", .tag = 1);
  FIELD(Nullable<Array<std::int32_t>>, last_known_elr, .versions = "2+", .tag = 2);
  WIRE_END;
};

struct ConfigRecord {
  WIRE_STRUCT(ConfigRecord, .key = 4, .versions = "0", .flexible = "0+");
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(Nullable<String>, value, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct PartitionChangeRecord {
  WIRE_STRUCT(PartitionChangeRecord, .key = 5, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, partition_id, .versions = "0+", .initial = -1);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, isr, .versions = "0+", .tag = 0);
  FIELD(std::int32_t, leader, .versions = "0+", .tag = 1, .initial = -2);
  FIELD(Nullable<Array<std::int32_t>>, replicas, .versions = "0+", .tag = 2);
  FIELD(Nullable<Array<std::int32_t>>, removing_replicas, .versions = "0+", .tag = 3);
  FIELD(Nullable<Array<std::int32_t>>, adding_replicas, .versions = "0+", .tag = 4);
  FIELD(std::int8_t, leader_recovery_state, .versions = "0+", .tag = 5, .initial = -1);
  FIELD(Nullable<Array<Uuid>>, directories, .versions = "1+", .tag = 8);
  FIELD(Nullable<Array<std::int32_t>>, eligible_leader_replicas, .versions = "2+", .tag = 6);
  FIELD(Nullable<Array<std::int32_t>>, last_known_elr, .versions = "2+", .tag = 7);
  WIRE_END;
};

struct FenceBrokerRecord {
  WIRE_STRUCT(FenceBrokerRecord, .key = 7, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, id, .versions = "0+");
  FIELD(std::int64_t, epoch, .versions = "0+");
  WIRE_END;
};

struct UnfenceBrokerRecord {
  WIRE_STRUCT(UnfenceBrokerRecord, .key = 8, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, id, .versions = "0+");
  FIELD(std::int64_t, epoch, .versions = "0+");
  WIRE_END;
};

struct RemoveTopicRecord {
  WIRE_STRUCT(RemoveTopicRecord, .key = 9, .versions = "0", .flexible = "0+");
  FIELD(Uuid, topic_id, .versions = "0+");
  WIRE_END;
};

struct DelegationTokenRecord {
  WIRE_STRUCT(DelegationTokenRecord, .key = 10, .versions = "0", .flexible = "0+");
  FIELD(String, owner, .versions = "0+");
  FIELD(String, requester, .versions = "0+");
  FIELD(Array<String>, renewers, .versions = "0+");
  FIELD(std::int64_t, issue_timestamp, .versions = "0+");
  FIELD(std::int64_t, max_timestamp, .versions = "0+");
  FIELD(std::int64_t, expiration_timestamp, .versions = "0+");
  FIELD(String, token_id, .versions = "0+");
  WIRE_END;
};

struct UserScramCredentialRecord {
  WIRE_STRUCT(UserScramCredentialRecord, .key = 11, .versions = "0", .flexible = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, mechanism, .versions = "0+");
  FIELD(Bytes, salt, .versions = "0+");
  FIELD(Bytes, stored_key, .versions = "0+");
  FIELD(Bytes, server_key, .versions = "0+");
  FIELD(std::int32_t, iterations, .versions = "0+");
  WIRE_END;
};

struct FeatureLevelRecord {
  WIRE_STRUCT(FeatureLevelRecord, .key = 12, .versions = "0", .flexible = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(std::int16_t, feature_level, .versions = "0+");
  WIRE_END;
};

namespace client_quota_record {

struct EntityData {
  WIRE_STRUCT(EntityData);
  FIELD(String, entity_type, .versions = "0+");
  FIELD(Nullable<String>, entity_name, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace client_quota_record

struct ClientQuotaRecord {
  WIRE_STRUCT(ClientQuotaRecord, .key = 14, .versions = "0", .flexible = "0+");
  FIELD(Array<client_quota_record::EntityData>, entity, .versions = "0+");
  FIELD(String, key, .versions = "0+");
  FIELD(double, value, .versions = "0+");
  FIELD(bool, remove, .versions = "0+");
  WIRE_END;
};

struct ProducerIdsRecord {
  WIRE_STRUCT(ProducerIdsRecord, .key = 15, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  FIELD(std::int64_t, next_producer_id, .versions = "0+");
  WIRE_END;
};

struct BrokerRegistrationChangeRecord {
  WIRE_STRUCT(BrokerRegistrationChangeRecord, .key = 17, .versions = "0-3", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+");
  FIELD(std::int8_t, fenced, .versions = "0+", .tag = 0);
  FIELD(std::int8_t, in_controlled_shutdown, .versions = "1+", .tag = 1);
  FIELD(Array<Uuid>, log_dirs, .versions = "2+", .tag = 2);
  FIELD(Nullable<Array<Uuid>>, cordoned_log_dirs, .versions = "3+", .tag = 3);
  WIRE_END;
};

struct AccessControlEntryRecord {
  WIRE_STRUCT(AccessControlEntryRecord, .key = 18, .versions = "0", .flexible = "0+");
  FIELD(Uuid, id, .versions = "0+");
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(std::int8_t, pattern_type, .versions = "0+");
  FIELD(String, principal, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

struct RemoveAccessControlEntryRecord {
  WIRE_STRUCT(RemoveAccessControlEntryRecord, .key = 19, .versions = "0", .flexible = "0+");
  FIELD(Uuid, id, .versions = "0+");
  WIRE_END;
};

struct NoOpRecord {
  WIRE_STRUCT(NoOpRecord, .key = 20, .versions = "0", .flexible = "0+");
  WIRE_END;
};

struct ZkMigrationStateRecord {
  WIRE_STRUCT(ZkMigrationStateRecord, .key = 21, .versions = "0", .flexible = "0+");
  FIELD(std::int8_t, zk_migration_state, .versions = "0+");
  WIRE_END;
};

struct RemoveUserScramCredentialRecord {
  WIRE_STRUCT(RemoveUserScramCredentialRecord, .key = 22, .versions = "0", .flexible = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, mechanism, .versions = "0+");
  WIRE_END;
};

struct BeginTransactionRecord {
  WIRE_STRUCT(BeginTransactionRecord, .key = 23, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, name, .versions = "0+", .tag = 0);
  WIRE_END;
};

struct EndTransactionRecord {
  WIRE_STRUCT(EndTransactionRecord, .key = 24, .versions = "0", .flexible = "0+");
  WIRE_END;
};

struct AbortTransactionRecord {
  WIRE_STRUCT(AbortTransactionRecord, .key = 25, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, reason, .versions = "0+", .tag = 0);
  WIRE_END;
};

struct RemoveDelegationTokenRecord {
  WIRE_STRUCT(RemoveDelegationTokenRecord, .key = 26, .versions = "0", .flexible = "0+");
  FIELD(String, token_id, .versions = "0+");
  WIRE_END;
};

namespace register_controller_record {

struct ControllerEndpoint {
  WIRE_STRUCT(ControllerEndpoint);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  FIELD(std::int16_t, security_protocol, .versions = "0+");
  WIRE_END;
};

struct ControllerFeature {
  WIRE_STRUCT(ControllerFeature);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int16_t, min_supported_version, .versions = "0+");
  FIELD(std::int16_t, max_supported_version, .versions = "0+");
  WIRE_END;
};

}  // namespace register_controller_record

struct RegisterControllerRecord {
  WIRE_STRUCT(RegisterControllerRecord, .key = 27, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, controller_id, .versions = "0+");
  FIELD(Uuid, incarnation_id, .versions = "0+");
  FIELD(bool, zk_migration_ready, .versions = "0+");
  FIELD(Array<register_controller_record::ControllerEndpoint>, end_points, .versions = "0+");
  FIELD(Array<register_controller_record::ControllerFeature>, features, .versions = "0+");
  WIRE_END;
};

struct ClearElrRecord {
  WIRE_STRUCT(ClearElrRecord, .key = 28, .versions = "0", .flexible = "0+");
  FIELD(String, topic_name, .versions = "0+");
  WIRE_END;
};

struct UnregisterControllerRecord {
  WIRE_STRUCT(UnregisterControllerRecord, .key = 29, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, controller_id, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
