// What is asked of a plaintext listener that has to do with security.
#include "broker/api/admin_handlers.h"
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/create_acls.h"
#include "wire/messages/create_delegation_token.h"
#include "wire/messages/delete_acls.h"
#include "wire/messages/describe_acls.h"
#include "wire/messages/describe_delegation_token.h"
#include "wire/messages/expire_delegation_token.h"
#include "wire/messages/renew_delegation_token.h"
#include "wire/messages/sasl_authenticate.h"
#include "wire/messages/sasl_handshake.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class WithoutSecurityTest : public HandlerTest {
 protected:
  using HandlerTest::HandlerTest;

  static wire::DescribeAclsRequest filter(std::int8_t operation) {
    wire::DescribeAclsRequest request;
    request.resource_type_filter = 2;
    request.operation = operation;
    request.permission_type = 1;
    return request;
  }
};

// Keeps the reason for which a connection was closed.
class ClosingSink : public ReplySink {
 public:
  void respond(std::unique_ptr<Request>, const wire::Struct&, void*) override {
    ADD_FAILURE() << "an answer";
  }
  void respond_nothing(std::unique_ptr<Request>) override { ADD_FAILURE() << "no answer"; }
  void close(std::unique_ptr<Request>, const std::string& why) override { reason = why; }
  void dropped(const Request&) override { ADD_FAILURE() << "dropped"; }

  std::string reason;
};

TEST_F(WithoutSecurityTest, AHandshakeFindsNoMechanism) {
  for (const wire::Version version : {0, 1}) {
    const auto response = call(sasl_handshake, version, {.mechanism = "PLAIN"});
    EXPECT_EQ(response.error_code, ErrorCode::kIllegalSaslState);
    EXPECT_TRUE(response.mechanisms.empty());
  }
}

TEST_F(WithoutSecurityTest, ALoginComesTooLate) {
  for (const wire::Version version : {0, 1, 2}) {
    const auto response = call(sasl_authenticate, version, {});
    EXPECT_EQ(response.error_code, ErrorCode::kIllegalSaslState);
    EXPECT_EQ(response.error_message,
              "SaslAuthenticate request received after successful authentication");
    EXPECT_TRUE(response.auth_bytes.empty());
    EXPECT_EQ(response.session_lifetime_ms, 0);
  }
}

TEST_F(WithoutSecurityTest, AccessRulesNeedAnAuthorizer) {
  const auto described = call(describe_acls, 3, filter(1));
  EXPECT_EQ(described.error_code, ErrorCode::kSecurityDisabled);
  EXPECT_EQ(described.error_message, "No Authorizer is configured on the broker");

  wire::CreateAclsRequest creations;
  creations.creations.resize(2);
  for (auto& acl : creations.creations) acl.resource_type = acl.operation = acl.permission_type = 2;
  const auto created = call(create_acls, 1, creations);
  ASSERT_EQ(created.results.size(), 2u);
  EXPECT_EQ(created.results[1].error_code, ErrorCode::kSecurityDisabled);
  EXPECT_EQ(created.results[1].error_message, "No Authorizer is configured.");

  wire::DeleteAclsRequest deletions;
  auto& deletion = deletions.filters.emplace_back();
  deletion.resource_type_filter = deletion.operation = deletion.permission_type = 1;
  const auto deleted = call(delete_acls, 2, deletions);
  ASSERT_EQ(deleted.filter_results.size(), 1u);
  EXPECT_EQ(deleted.filter_results[0].error_code, ErrorCode::kSecurityDisabled);
  EXPECT_EQ(deleted.filter_results[0].error_message, "No Authorizer is configured.");
  EXPECT_TRUE(deleted.filter_results[0].matching_acls.empty());
}

TEST_F(WithoutSecurityTest, UnknownElementsOfAccessRulesCloseTheConnection) {
  ClosingSink sink;
  auto request = std::make_unique<Request>();
  request->version = 1;
  describe_acls(context, filter(0), Reply<wire::DescribeAclsResponse>(sink, std::move(request)));
  EXPECT_NE(sink.reason, "");
  EXPECT_EQ(call(describe_acls, 1, filter(99)).error_code, ErrorCode::kSecurityDisabled)
      << "a number that Kafka does not know is not the one that stands for unknown";
}

TEST_F(WithoutSecurityTest, TokensAreNotGivenOut) {
  constexpr auto kRefused = ErrorCode::kDelegationTokenRequestNotAllowed;
  const auto created = call(create_delegation_token, 3, {});
  EXPECT_EQ(created.error_code, kRefused);
  EXPECT_EQ(created.principal_type + ":" + created.principal_name, "User:ANONYMOUS");
  EXPECT_EQ(created.token_requester_principal_name, "ANONYMOUS");
  EXPECT_EQ(created.max_timestamp_ms, -1);
  EXPECT_EQ(call(renew_delegation_token, 2, {}).error_code, kRefused);
  EXPECT_EQ(call(expire_delegation_token, 2, {}).expiry_timestamp_ms, -1);
  EXPECT_EQ(call(describe_delegation_token, 3, {}).error_code, kRefused);
}

TEST_F(WithoutSecurityTest, ATokenForAnotherNamesThem) {
  wire::CreateDelegationTokenRequest request;
  request.owner_principal_type = "User";
  request.owner_principal_name = "bob";
  EXPECT_EQ(call(create_delegation_token, 3, request).principal_name, "bob");
  request.owner_principal_type = std::nullopt;
  const auto response = call(create_delegation_token, 3, request);
  EXPECT_EQ(response.error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(response.principal_name, "ANONYMOUS");
}

class ApiVersionsTest : public HandlerTest {
 protected:
  explicit ApiVersionsTest(std::string_view profile = "4.4") : HandlerTest({.profile = profile}) {}

  wire::ApiVersionsResponse ask(wire::Version version) {
    return call(api_versions, version,
                {.client_software_name = "test", .client_software_version = "1"});
  }
};

TEST_F(ApiVersionsTest, FeaturesAreThoseOfTheRelease) {
  const auto response = ask(4);
  EXPECT_EQ(response.supported_features.size(), 7u);
  EXPECT_EQ(named(response.supported_features, "share.version").max_version, 2);
  EXPECT_EQ(response.finalized_features.size(), 6u) << "all but kraft.version";
  EXPECT_EQ(named(response.finalized_features, "transaction.version").max_version_level, 2);
  EXPECT_EQ(named(response.finalized_features, "metadata.version").min_version_level, 33);
}

TEST_F(ApiVersionsTest, OldClientsDoNotSeeFeaturesWithALeastVersionOfZero) {
  const auto response = ask(3);
  ASSERT_EQ(response.supported_features.size(), 1u);
  EXPECT_EQ(response.supported_features[0].name, "metadata.version");
  EXPECT_EQ(response.finalized_features.size(), 6u);
}

TEST_F(ApiVersionsTest, TheEpochRisesWithEveryChangeOfTheMetadata) {
  const std::int64_t before = ask(4).finalized_features_epoch;
  EXPECT_GE(before, 0);
  add_topic("t");
  EXPECT_GT(ask(4).finalized_features_epoch, before);
}

class OldApiVersionsTest : public ApiVersionsTest {
 protected:
  OldApiVersionsTest() : ApiVersionsTest("2.4") {}
};

TEST_F(OldApiVersionsTest, AReleaseWithoutFeaturesHasNoEpoch) {
  const auto response = ask(3);
  EXPECT_TRUE(response.finalized_features.empty());
  EXPECT_EQ(response.finalized_features_epoch, -1);
}

}  // namespace
}  // namespace understudy::broker
