// What a plaintext listener without an authorizer answers to requests that are about security:
// SaslHandshake (17), DescribeAcls (29), CreateAcls (30), DeleteAcls (31), SaslAuthenticate (36),
// and those of delegation tokens: Create (38), Renew (39), Expire (40), Describe (41).
//
// As KafkaApis and AclApis: the login is over before the first request of a plaintext connection
// arrives, there is nobody who could allow or forbid, and a token is only for those who are known.
//
//   Create 3  the token may be for somebody else (KIP-373)
#include <algorithm>
#include <string>
#include <utility>

#include "broker/api/admin_handlers.h"
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

constexpr const char* kNoAuthorizerHere = "No Authorizer is configured on the broker";
constexpr const char* kNoAuthorizer = "No Authorizer is configured.";
// AclOperation, PatternType and the others have it. Kafka does not even read such a request.
constexpr std::int8_t kUnknown = 0;
constexpr std::int64_t kNoTime = -1;

template <class... Elements>
bool any_unknown(Elements... elements) {
  return ((elements == kUnknown) || ...);
}

bool has_unknown(const wire::DescribeAclsRequest& filter) {
  return any_unknown(filter.resource_type_filter, filter.pattern_type_filter, filter.operation,
                     filter.permission_type);
}

bool has_unknown(const wire::create_acls_request::AclCreation& acl) {
  return any_unknown(acl.resource_type, acl.resource_pattern_type, acl.operation,
                     acl.permission_type);
}

bool has_unknown(const wire::delete_acls_request::DeleteAclsFilter& filter) {
  return any_unknown(filter.resource_type_filter, filter.pattern_type_filter, filter.operation,
                     filter.permission_type);
}

template <class Response>
void close_for_unknown(Reply<Response> reply) {
  std::move(reply).close("it sent access rules with elements that are UNKNOWN");
}

}  // namespace

void sasl_handshake(Context&, wire::SaslHandshakeRequest,
                    Reply<wire::SaslHandshakeResponse> reply) {
  std::move(reply).send({.error_code = ErrorCode::kIllegalSaslState});
}

void sasl_authenticate(Context&, wire::SaslAuthenticateRequest,
                       Reply<wire::SaslAuthenticateResponse> reply) {
  wire::SaslAuthenticateResponse response;
  response.error_code = ErrorCode::kIllegalSaslState;
  response.error_message = "SaslAuthenticate request received after successful authentication";
  std::move(reply).send(std::move(response));
}

void describe_acls(Context&, wire::DescribeAclsRequest request,
                   Reply<wire::DescribeAclsResponse> reply) {
  if (has_unknown(request)) return close_for_unknown(std::move(reply));
  wire::DescribeAclsResponse response;
  response.error_code = ErrorCode::kSecurityDisabled;
  response.error_message = kNoAuthorizerHere;
  std::move(reply).send(std::move(response));
}

void create_acls(Context&, wire::CreateAclsRequest request, Reply<wire::CreateAclsResponse> reply) {
  const auto is_unknown = [](const auto& acl) { return has_unknown(acl); };
  if (std::ranges::any_of(request.creations, is_unknown)) {
    return close_for_unknown(std::move(reply));
  }
  wire::CreateAclsResponse response;
  for (std::size_t i = 0; i < request.creations.size(); ++i) {
    auto& result = response.results.emplace_back();
    result.error_code = ErrorCode::kSecurityDisabled;
    result.error_message = kNoAuthorizer;
  }
  std::move(reply).send(std::move(response));
}

void delete_acls(Context&, wire::DeleteAclsRequest request, Reply<wire::DeleteAclsResponse> reply) {
  const auto is_unknown = [](const auto& filter) { return has_unknown(filter); };
  if (std::ranges::any_of(request.filters, is_unknown)) return close_for_unknown(std::move(reply));
  wire::DeleteAclsResponse response;
  for (std::size_t i = 0; i < request.filters.size(); ++i) {
    auto& result = response.filter_results.emplace_back();
    result.error_code = ErrorCode::kSecurityDisabled;
    result.error_message = kNoAuthorizer;
  }
  std::move(reply).send(std::move(response));
}

void create_delegation_token(Context&, wire::CreateDelegationTokenRequest request,
                             Reply<wire::CreateDelegationTokenResponse> reply) {
  wire::CreateDelegationTokenResponse response;
  response.error_code = ErrorCode::kDelegationTokenRequestNotAllowed;
  response.principal_type = "User";
  response.principal_name = "ANONYMOUS";
  response.token_requester_principal_type = response.principal_type;
  response.token_requester_principal_name = response.principal_name;
  response.issue_timestamp_ms = kNoTime;
  response.expiry_timestamp_ms = kNoTime;
  response.max_timestamp_ms = kNoTime;
  const bool is_for_another =
      request.owner_principal_name && !request.owner_principal_name->empty();
  if (is_for_another && !request.owner_principal_type) {
    // A name without a type is an exception inside of Kafka.
    response.error_code = ErrorCode::kUnknownServerError;
  } else if (is_for_another) {
    response.principal_type = std::move(*request.owner_principal_type);
    response.principal_name = std::move(*request.owner_principal_name);
  }
  std::move(reply).send(std::move(response));
}

void renew_delegation_token(Context&, wire::RenewDelegationTokenRequest,
                            Reply<wire::RenewDelegationTokenResponse> reply) {
  wire::RenewDelegationTokenResponse response;
  response.error_code = ErrorCode::kDelegationTokenRequestNotAllowed;
  response.expiry_timestamp_ms = kNoTime;
  std::move(reply).send(std::move(response));
}

void expire_delegation_token(Context&, wire::ExpireDelegationTokenRequest,
                             Reply<wire::ExpireDelegationTokenResponse> reply) {
  wire::ExpireDelegationTokenResponse response;
  response.error_code = ErrorCode::kDelegationTokenRequestNotAllowed;
  response.expiry_timestamp_ms = kNoTime;
  std::move(reply).send(std::move(response));
}

void describe_delegation_token(Context&, wire::DescribeDelegationTokenRequest,
                               Reply<wire::DescribeDelegationTokenResponse> reply) {
  wire::DescribeDelegationTokenResponse response;
  response.error_code = ErrorCode::kDelegationTokenRequestNotAllowed;
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
