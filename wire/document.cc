// Schema to Markdown.
#include <string>

#include "wire/engine.h"

namespace understudy::wire {
namespace {

const Struct* struct_inside(const Type& type) {
  if (type.kind == Kind::kArray) return struct_inside(*type.element);
  return type.structure;
}

void append_rows(std::string& out, const Struct& schema, int depth) {
  for (const Field& field : schema.fields) {
    std::string indent;
    for (int i = 0; i < depth; ++i) indent += "&nbsp;&nbsp;";
    out += "| " + indent + json_name(field) + " | " + type_name(*field.type) + " | " +
           to_string(field.versions) + " | " +
           (field.nullable.empty() ? "" : to_string(field.nullable)) + " | " +
           (field.tag >= 0 ? std::to_string(field.tag) : "") + " | " + std::string(field.about) +
           " |\n";
    const Struct* inside = struct_inside(*field.type);
    if (inside) append_rows(out, *inside, depth + 1);
  }
}

}  // namespace

std::string to_markdown(const Struct& schema) {
  std::string out = "### " + std::string(schema.name) + "\n\n";
  if (schema.message.key >= 0) out += "key " + std::to_string(schema.message.key) + ", ";
  out += "versions " + to_string(schema.message.versions) + ", flexible " +
         to_string(schema.message.flexible) + "\n\n";
  if (schema.fields.empty()) return out + "No fields.\n";
  out += "| field | type | versions | null | tag | about |\n|---|---|---|---|---|---|\n";
  append_rows(out, schema, 0);
  return out;
}

}  // namespace understudy::wire
