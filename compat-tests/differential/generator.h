// The parts of the generator, one file per group of APIs.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "differential/draw.h"
#include "differential/generate.h"
#include "differential/model.h"
#include "differential/script.h"
#include "differential/symbols.h"
#include "wire/schema.h"

namespace understudy::differential {

struct ServedApi {
  std::string_view name;
  wire::Version first;
  wire::Version last;
};
std::span<const ServedApi> served_apis();
std::span<const ServedApi> group_apis();

// The connections that any request may use; members of groups have those from there on.
inline constexpr int kConnectionsOfAll = kFirstConnectionOfMembers;

// Resource types of configs.
inline constexpr std::int64_t kTopic = 2;
inline constexpr std::int64_t kBroker = 4;

class Generator {
 public:
  Generator(Draw& draw, Script& script, const GenerateOptions& options)
      : draw_(draw),
        script_(script),
        with_restarts_(options.with_restarts),
        nodes_(options.nodes) {}

  void begin();  // topics to work with
  void step();   // whatever comes to mind
  // The same of a script about groups.
  void begin_groups();
  void group_step();

 private:
  // Adds a request in a version that the caller or nobody has chosen.
  Step& add(std::string_view api, json::object request);
  Step& add(std::string_view api, wire::Version version, json::object request);
  wire::Version any_version(std::string_view api);

  // generate_produce.cc
  void produce();
  json::object records_for(ModelTopic* topic, std::int32_t partition, bool will_be_taken);
  json::object sequenced_batch(ModelPartition& partition, bool will_be_taken);
  json::object plain_batch();
  void add_content(json::object& batch, std::int64_t count);
  void spoil(json::object& batch);
  json::object odd_records();
  std::size_t some_producer();
  void init_producer_id();

  // generate_fetch.cc
  void fetch();
  json::array fetch_topics(bool by_id);
  json::object fetch_limits();
  json::object fetch_partition(const ModelTopic& topic, std::int64_t index);
  void fetch_in_session();
  void list_offsets();
  void offset_for_leader_epoch();
  void delete_records();

  // generate_topics.cc
  void create_topics();
  void create_odd_topics();
  void delete_topics();
  void create_partitions();
  json::array configs(std::int64_t resource_type, int most);
  std::int64_t controller_timeout_ms();
  json::object new_topic(const std::string& name);
  void place(json::object& topic, ModelTopic& model);

  // generate_configs.cc
  void describe_configs();
  void alter_configs();
  void incremental_alter_configs();
  void list_config_resources();
  std::pair<std::int64_t, std::string> resource();
  std::string config_name(std::int64_t resource_type);
  std::string compression_type();
  json::value config_value(const std::string& name);

  // generate_cluster.cc
  void metadata();
  void describe_topic_partitions();
  void describe_cluster();
  void describe_producers();
  void describe_log_dirs();
  void find_coordinator();
  void api_versions();
  json::object access_rule(bool is_filter);
  void access_rules();
  void login_or_token();

  // generate_nodes.cc
  bool has_nodes() const { return nodes_ > 1; }
  json::array replicas(int leader, int count);
  json::array placement(ModelTopic& topic, std::size_t first);
  int node_for(const Step& step);

  // generate_groups.cc
  Step& add_for(std::size_t member, std::string_view api, wire::Version version,
                json::object request);
  std::string group_id();
  json::value member_id();
  json::value generation();
  json::array subscribed();
  void join();
  void sync();
  void heartbeat();
  void leave();
  void consumer_heartbeat();
  void join_consumer_group(std::size_t member);
  void offset_commit();
  void offset_fetch();
  void offset_delete();
  void describe_groups();
  void list_groups();
  void delete_groups();
  json::object offset_topic(wire::Version version, bool is_commit);

  // generate_frames.cc
  void arbitrary_request();
  void disturbed_frame();
  void wrong_header();
  void raw_bytes();

  // Names and numbers, most of them of what exists.
  std::string topic_name();
  ModelTopic* some_topic();
  std::int32_t leader_epoch();
  std::int64_t partition_index(const ModelTopic* topic);
  std::int64_t offset_in(const ModelTopic* topic, std::int64_t partition);
  json::array names(int most);

  Draw& draw_;
  Script& script_;
  bool with_restarts_;
  int nodes_;
  Model model_;
  int new_names_ = 0;
  bool is_consumer_group_ = false;  // of KIP-848
  // With several topics what another assignor places depends on the hashes of their ids.
  bool is_range_group_ = false;
  std::vector<bool> has_joined_ = std::vector<bool>(4);
  // Whether topics compress what comes uncompressed. The sizes of what other libraries compress are
  // others, so nothing of such a script is about sizes.
  bool recompresses_ = false;
};

}  // namespace understudy::differential
