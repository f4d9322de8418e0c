#include "wire/unknown_tags.h"

namespace understudy::wire {

UnknownTags::UnknownTags(std::initializer_list<UnknownTag> tags)
    : list_(tags.size() == 0 ? nullptr : new List(tags)) {}

void UnknownTags::add(UnknownTag tag) {
  if (!list_) list_ = new List;
  list_->push_back(std::move(tag));
}

UnknownTags::List* UnknownTags::copy_of(const List& list) { return new List(list); }

void UnknownTags::release(List* list) { delete list; }

}  // namespace understudy::wire
