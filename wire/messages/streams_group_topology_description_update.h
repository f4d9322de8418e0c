// StreamsGroupTopologyDescriptionUpdate (key 93): stores a readable description of a streams
// group's topology.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace streams_group_topology_description_update_request {

struct TopologyDescriptionNode {
  WIRE_STRUCT(TopologyDescriptionNode);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, node_type, .versions = "0+");
  FIELD(Array<String>, source_topics, .versions = "0+");
  FIELD(Nullable<String>, sink_topic, .versions = "0+");
  FIELD(Array<String>, stores, .versions = "0+");
  FIELD(Array<String>, successors, .versions = "0+");
  WIRE_END;
};

struct TopologyDescriptionSubtopology {
  WIRE_STRUCT(TopologyDescriptionSubtopology);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<TopologyDescriptionNode>, nodes, .versions = "0+");
  WIRE_END;
};

struct TopologyDescriptionGlobalStore {
  WIRE_STRUCT(TopologyDescriptionGlobalStore);
  FIELD(TopologyDescriptionNode, source, .versions = "0+");
  FIELD(TopologyDescriptionNode, processor, .versions = "0+");
  WIRE_END;
};

struct TopologyDescription {
  WIRE_STRUCT(TopologyDescription);
  FIELD(Array<TopologyDescriptionSubtopology>, subtopologies, .versions = "0+");
  FIELD(Array<TopologyDescriptionGlobalStore>, global_stores, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_topology_description_update_request

struct StreamsGroupTopologyDescriptionUpdateRequest {
  WIRE_STRUCT(StreamsGroupTopologyDescriptionUpdateRequest, .key = 93, .versions = "0",
              .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, topology_epoch, .versions = "0+");
  FIELD(streams_group_topology_description_update_request::TopologyDescription,
        topology_description, .versions = "0+");
  WIRE_END;
};

struct StreamsGroupTopologyDescriptionUpdateResponse {
  WIRE_STRUCT(StreamsGroupTopologyDescriptionUpdateResponse, .key = 93, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
