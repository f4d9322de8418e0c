#include "broker/core/unserved.h"

#include <gmock/gmock.h>

#include <vector>

#include "wire/engine.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/share_group_heartbeat.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using wire::ApiKey;

class UnservedTest : public ::testing::Test {
 protected:
  template <class Message>
  void send(ApiKey api, wire::Version version, const Message& message,
            const std::string& client = "orders") {
    Request request;
    request.api_key = api;
    request.version = version;
    request.client_id = client;
    std::string bytes;
    for (const wire::Slice& piece : wire::encode(message, version).finish()) bytes += piece.view();
    unserved.look_at(request, wire::Slice::copy_of(bytes));
  }
  void find_coordinator(std::int8_t type, const std::string& key,
                        const std::string& client = "orders") {
    wire::FindCoordinatorRequest request;
    request.key_type = type;
    request.coordinator_keys = {key};
    send(ApiKey::kFindCoordinator, 6, request, client);
  }

  std::vector<std::string> lines;
  Unserved unserved{[this](const std::string& line) { lines.push_back(line); }};
};

TEST_F(UnservedTest, AClientThatWantsTransactionsIsNamedOnce) {
  find_coordinator(1, "tx");
  find_coordinator(1, "tx");
  wire::InitProducerIdRequest init;
  init.transactional_id = "tx";
  send(ApiKey::kInitProducerId, 4, init);
  EXPECT_THAT(lines, ElementsAre("client \"orders\" asks for transactions with the transactional "
                                 "id 'tx': this broker does not serve transactions"));
  find_coordinator(1, "tx", "payments");
  EXPECT_THAT(lines, SizeIs(2));
}

TEST_F(UnservedTest, OfEachKindAClientIsNamed) {
  wire::ShareGroupHeartbeatRequest heartbeat;
  heartbeat.group_id = "s";
  send(ApiKey::kShareGroupHeartbeat, 1, heartbeat);
  find_coordinator(2, "s:topic:0");
  find_coordinator(1, "tx");
  EXPECT_THAT(lines, ElementsAre("client \"orders\" asks for share group 's': this broker does not "
                                 "serve share groups",
                                 testing::HasSubstr("'tx'")));
}

TEST_F(UnservedTest, WhatIsServedIsNoNews) {
  find_coordinator(0, "g");
  wire::InitProducerIdRequest init;
  init.transactional_id.reset();
  send(ApiKey::kInitProducerId, 4, init);
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(UnservedTest, WhatMakesNoSenseIsNoNews) {
  Request request;
  request.version = 4;
  for (const ApiKey api :
       {ApiKey::kInitProducerId, ApiKey::kFindCoordinator, ApiKey::kShareFetch}) {
    request.api_key = api;
    unserved.look_at(request, wire::Slice::copy_of("\xff\xff"));
  }
  EXPECT_THAT(lines, IsEmpty());
}

TEST_F(UnservedTest, ManyClientsDoNotFillTheMemory) {
  for (int i = 0; i < 1500; ++i) find_coordinator(1, "tx", "client-" + std::to_string(i));
  EXPECT_THAT(lines, SizeIs(1000));
}

}  // namespace
}  // namespace understudy::broker
