#include "wire/schema.h"

#include <cctype>

namespace understudy::wire {

std::string json_name(const Field& field) {
  std::string name;
  for (std::size_t i = 0; i < field.name.size(); ++i) {
    const bool next_word = field.name[i] == '_' && i + 1 < field.name.size();
    name +=
        next_word ? char(std::toupper(static_cast<unsigned char>(field.name[++i]))) : field.name[i];
  }
  return name;
}

std::string type_name(const Type& type) {
  switch (type.kind) {
    case Kind::kBool:
      return "bool";
    case Kind::kInt8:
      return "int8";
    case Kind::kInt16:
      return "int16";
    case Kind::kUint16:
      return "uint16";
    case Kind::kInt32:
      return "int32";
    case Kind::kUint32:
      return "uint32";
    case Kind::kInt64:
      return "int64";
    case Kind::kFloat64:
      return "float64";
    case Kind::kUuid:
      return "uuid";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kRecords:
      return "records";
    case Kind::kArray:
      return "[]" + type_name(*type.element);
    case Kind::kStruct:
      return std::string(type.structure->name);
  }
  return "";
}

std::string to_string(Versions versions) {
  if (versions.empty()) return "none";
  const std::string first = std::to_string(versions.first);
  if (versions.last == Versions::kNoLimit) return first + "+";
  return versions.first == versions.last ? first : first + "-" + std::to_string(versions.last);
}

}  // namespace understudy::wire
