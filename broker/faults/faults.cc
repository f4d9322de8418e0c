#include "broker/faults/faults.h"

#include <algorithm>
#include <utility>

#include "broker/faults/request_names.h"
#include "wire/assert.h"
#include "wire/messages.h"

namespace understudy::broker {
namespace {

bool has_top_level_error(wire::ApiKey api) {
  const wire::Struct* schema = wire::find_response(api);
  return schema != nullptr &&
         std::any_of(schema->fields.begin(), schema->fields.end(),
                     [](const wire::Field& field) { return field.name == "error_code"; });
}

// A name that requests of the API do not have: what it is called.
std::optional<std::string> missing_name(const Match& match) {
  if (!match.api) return std::nullopt;
  const auto lacks = [&](const std::optional<std::string>& wanted, NameKind kind) {
    return wanted && !can_name(*match.api, kind);
  };
  if (lacks(match.group, NameKind::kGroup)) return "group";
  if (lacks(match.member_id, NameKind::kMember)) return "member id";
  if (lacks(match.instance_id, NameKind::kInstance)) return "instance id";
  if (lacks(match.transactional_id, NameKind::kTransactionalId)) return "transactional id";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> why_invalid(const Rule& rule) {
  using Kind = Action::Kind;
  const bool at_append = rule.seam == Seam::kBeforeAppend || rule.seam == Seam::kAfterAppend;
  const auto api = rule.match.api;
  if (at_append && api && *api != wire::ApiKey::kProduce) {
    return "only Produce reaches the append seams";
  }
  if (const auto missing = missing_name(rule.match)) {
    return "requests of " + std::string(wire::name_of(*api)) + " have no " + *missing;
  }
  if (rule.seam == Seam::kRequest && rule.match.names_subject()) {
    return "topics, partitions and producers are not known before a request is parsed";
  }
  const bool names_producer =
      rule.match.producer_id || rule.match.producer_epoch || rule.match.base_sequence;
  if (rule.seam == Seam::kResponse && rule.match.names_subject()) {
    const bool fits =
        api == wire::ApiKey::kProduce || (api == wire::ApiKey::kFetch && !names_producer);
    if (!fits) return "at the response only Produce and Fetch are matched by topic or producer";
  }
  switch (rule.action.kind) {
    case Kind::kError:
      if (rule.action.error == wire::ErrorCode::kNone) return "an error action needs an error code";
      if (rule.seam == Seam::kRequest && (!api || !has_top_level_error(*api))) {
        return "before parsing only an API whose response has an error code of its own can be "
               "refused";
      }
      break;
    case Kind::kDelay:
      if (rule.action.delay_ms < 0) return "a delay cannot be negative";
      break;
    case Kind::kEdit:
      if (rule.seam != Seam::kResponse || !api) {
        return "an edit needs the response seam and the API whose response it changes";
      }
      break;
    case Kind::kDropResponse:
    case Kind::kCutResponse:
      if (rule.seam == Seam::kRequest || rule.seam == Seam::kBeforeAppend) {
        return "there is no response yet: drop or cut it at kAfterAppend or kResponse";
      }
      break;
    case Kind::kHold:
    case Kind::kDropConnection:
      break;
  }
  return std::nullopt;
}

Faults::RuleId Faults::add(Rule rule) {
  ASSERT(!why_invalid(rule));
  const RuleId id = ++last_id_;
  rules_.emplace(id, std::move(rule));
  hits_[id] = 0;
  return id;
}

std::uint64_t Faults::hits(RuleId id) const {
  const auto found = hits_.find(id);
  return found == hits_.end() ? 0 : found->second;
}

bool Faults::matches_subject(const Match& match, const RequestSubject& subject) {
  const auto fits = [](const auto& wanted, const auto& got) { return !wanted || *wanted == got; };
  return fits(match.topic, subject.topic) && fits(match.partition, subject.partition) &&
         fits(match.producer_id, subject.producer_id) &&
         fits(match.producer_epoch, subject.producer_epoch) &&
         fits(match.base_sequence, subject.base_sequence);
}

bool Faults::use_names() const {
  return std::ranges::any_of(rules_, [](const auto& one) { return one.second.match.uses_names(); });
}

bool Faults::matches_names(const Match& match, const RequestNames& names) {
  const auto fits = [](const std::optional<std::string>& wanted,
                       const std::vector<std::string>& got) {
    return !wanted || std::ranges::find(got, *wanted) != got.end();
  };
  return fits(match.group, names.groups) && fits(match.member_id, names.members) &&
         fits(match.instance_id, names.instances) &&
         fits(match.transactional_id, names.transactional_ids);
}

bool Faults::matches(const Match& match, const Request& request, const RequestSubject* subject) {
  if (match.api && *match.api != request.api_key) return false;
  if (match.client_id && *match.client_id != request.client_id) return false;
  if (match.node && *match.node != request.node) return false;
  if (!matches_names(match, request.names)) return false;
  if (!match.names_subject()) return true;
  if (subject != nullptr) return matches_subject(match, *subject);
  return std::any_of(request.subjects.begin(), request.subjects.end(),
                     [&](const RequestSubject& one) { return matches_subject(match, one); });
}

std::vector<Faults::Strike> Faults::strikes(Seam seam, const Request& request,
                                            const RequestSubject* subject) {
  std::vector<Strike> struck;
  for (auto& [id, rule] : rules_) {
    if (rule.seam != seam || !matches(rule.match, request, subject)) continue;
    if (!rule.trigger.strikes()) continue;
    ++hits_[id];
    struck.push_back({id, rule.action});
  }
  return struck;
}

void Faults::note_in(const Strike& strike, FaultPlan& plan) {
  switch (strike.action.kind) {
    case Action::Kind::kDelay:
      plan.delay_ms = std::max(plan.delay_ms, strike.action.delay_ms);
      break;
    case Action::Kind::kHold:
      plan.hold = strike.rule;
      break;
    case Action::Kind::kDropConnection:
      plan.kind = FaultPlan::Kind::kClose;
      break;
    case Action::Kind::kDropResponse:
      plan.kind = FaultPlan::Kind::kDrop;
      break;
    case Action::Kind::kCutResponse:
      plan.kind = FaultPlan::Kind::kCut;
      plan.cut_after_bytes = strike.action.cut_after_bytes;
      break;
    case Action::Kind::kError:
    case Action::Kind::kEdit:
      break;
  }
}

}  // namespace understudy::broker
