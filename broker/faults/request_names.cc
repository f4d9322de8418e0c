#include "broker/faults/request_names.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wire/messages.h"
#include "wire/messages/find_coordinator.h"

namespace understudy::broker {
namespace {

struct NamingField {
  std::string_view field;
  NameKind kind;
};

constexpr std::array kNamingFields = {
    NamingField{"group_id", NameKind::kGroup},
    NamingField{"group_ids", NameKind::kGroup},
    NamingField{"groups", NameKind::kGroup},
    NamingField{"groups_names", NameKind::kGroup},
    NamingField{"member_id", NameKind::kMember},
    NamingField{"group_instance_id", NameKind::kInstance},
    NamingField{"instance_id", NameKind::kInstance},
    NamingField{"transactional_id", NameKind::kTransactionalId},
    NamingField{"transactional_ids", NameKind::kTransactionalId},
    NamingField{"v3_and_below_transactional_id", NameKind::kTransactionalId},
};

std::optional<NameKind> kind_of(std::string_view field) {
  const auto found = std::ranges::find(kNamingFields, field, &NamingField::field);
  return found == kNamingFields.end() ? std::nullopt : std::optional(found->kind);
}

std::vector<std::string>& list_of(RequestNames& names, NameKind kind) {
  switch (kind) {
    case NameKind::kGroup:
      return names.groups;
    case NameKind::kMember:
      return names.members;
    case NameKind::kInstance:
      return names.instances;
    case NameKind::kTransactionalId:
      break;
  }
  return names.transactional_ids;
}

class NameCollector {
 public:
  explicit NameCollector(wire::Version version) : version_(version) {}

  // What the version does not have is at its default, and names nobody.
  void walk(const wire::Struct& schema, const void* object) {
    for (const wire::Field& field : schema.fields) {
      // Of a SyncGroup: whom they are for, and not who asks.
      if (field.name == "assignments") continue;
      if (field.versions.contains(version_)) note(field.name, *field.type, field.in(object));
    }
  }
  RequestNames take() { return std::move(names_); }

 private:
  void note(std::string_view field, const wire::Type& type, const void* value) {
    if (type.value != nullptr) {
      const void* const inside = type.peek(value);
      if (inside != nullptr) note(field, *type.value, inside);
    } else if (type.kind == wire::Kind::kStruct) {
      walk(*type.structure, value);
    } else if (type.kind == wire::Kind::kArray) {
      const char* item = static_cast<const char*>(type.items(value));
      for (std::size_t i = 0; i < type.count(value); ++i, item += type.element->size) {
        note(field, *type.element, item);
      }
    } else if (const auto kind = kind_of(field); kind && type.kind == wire::Kind::kString) {
      list_of(names_, *kind).push_back(*static_cast<const wire::String*>(value));
    }
  }

  const wire::Version version_;
  RequestNames names_;
};

bool has_name(const wire::Type& type, std::string_view field, NameKind kind) {
  if (type.value != nullptr) return has_name(*type.value, field, kind);
  if (type.kind == wire::Kind::kArray) return has_name(*type.element, field, kind);
  if (type.kind == wire::Kind::kString) return kind_of(field) == kind;
  if (type.kind != wire::Kind::kStruct) return false;
  return std::ranges::any_of(type.structure->fields, [kind](const wire::Field& inner) {
    return has_name(*inner.type, inner.name, kind);
  });
}

// Its keys are what its key type says: groups, transactional ids, or partitions of share groups,
// which begin with the group.
RequestNames keys_in(const wire::FindCoordinatorRequest& request, wire::Version version) {
  constexpr std::int8_t kTransaction = 1;
  constexpr wire::Version kFirstVersionWithManyKeys = 4;
  RequestNames names;
  const auto kind =
      request.key_type == kTransaction ? NameKind::kTransactionalId : NameKind::kGroup;
  list_of(names, kind) =
      version < kFirstVersionWithManyKeys ? std::vector{request.key} : request.coordinator_keys;
  return names;
}

}  // namespace

RequestNames names_in(const wire::Struct& schema, const void* request, wire::Version version) {
  if (&schema == &wire::schema_of<wire::FindCoordinatorRequest>) {
    return keys_in(*static_cast<const wire::FindCoordinatorRequest*>(request), version);
  }
  NameCollector collector(version);
  collector.walk(schema, request);
  return collector.take();
}

bool can_name(wire::ApiKey api, NameKind kind) {
  if (api == wire::ApiKey::kFindCoordinator) {
    return kind == NameKind::kGroup || kind == NameKind::kTransactionalId;
  }
  const wire::Struct* const schema = wire::find_request(api);
  return schema != nullptr && std::ranges::any_of(schema->fields, [kind](const wire::Field& field) {
           return has_name(*field.type, field.name, kind);
         });
}

}  // namespace understudy::broker
