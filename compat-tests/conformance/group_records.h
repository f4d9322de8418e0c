// What the coordinator writes about a group into __consumer_offsets, as words that a scenario can
// compare (section 12 of the group specification). One word per record:
//
//   1v4 t-0=5       an offset, with the version of its value        1T t-0     its tombstone
//   2 gen 1 of 1    a classic group and how many members it has     2T
//   3 epoch 2       a consumer group; "3 epoch 2 no hash"           3T, 4T
//   5 A             a member                                        5T A
//   6 epoch 2       the target assignment; "6 epoch 2 no time"      6T
//   7 A has 4       how many partitions a member is to have         7T A
//   8 A at 2 (0)    epoch and previous epoch of a member,           8T A
//                   then " state 1" unless it is 0, and how many partitions it has: " has 2", "
//                   gives up 2"
//   16 t.* has 2    a resolved regular expression                   16T t.*
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conformance/groups.h"

namespace understudy::conformance {

class GroupRecords {
 public:
  // From what is written from now on.
  explicit GroupRecords(const TestGroup& group);

  // How topics and members are called whose names are chance.
  void call(const std::string& name, const std::string& alias) { aliases_[name] = alias; }

  // The words of what was written since the last call. Of neighbours with the same number the order
  // is that of a hash map: they are sorted.
  std::vector<std::string> next();
  // The same once there are so many, for what is answered before it is written: an id that a
  // JoinGroup gives.
  std::vector<std::string> await_next(std::size_t count);

 private:
  struct Read {
    std::string number;  // "7", "7T"
    std::string word;
  };

  std::string called(const std::string& name) const;
  std::optional<Read> read(const StoredBatch::ReadRecord& record) const;
  template <class Key, class Value, class Tell>
  std::optional<Read> read_as(const StoredBatch::ReadRecord& record, Tell tell) const;

  std::string group_;
  std::int32_t partition_ = 0;
  std::int64_t next_offset_ = 0;
  std::map<std::string, std::string> aliases_;
};

}  // namespace understudy::conformance
