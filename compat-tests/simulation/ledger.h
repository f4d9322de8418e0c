// What clients were told and shown, and whether the logs fit it.
//
// It knows nothing of rules for sequences: a record that was acknowledged is there, once, in its
// place and order, and an offset that was shown stays what it was. What is predicted to go wrong
// (by an injected crash, say) is told beforehand.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/findings.h"
#include "simulation/partition_model.h"

namespace understudy::simulation {

// A partition as it was read, batch by batch, with what is known of how each came in.
struct ReadBatch {
  std::int64_t base_offset = 0;
  Sequences sequences;
  std::vector<std::optional<Name>> names;
  Row row = Row::kNext;
  bool is_doubtful = false;
};
struct ReadLog {
  std::int64_t start_offset = 0;
  std::vector<ReadBatch> batches;
};

class Ledger {
 public:
  // This producer sends what it likes: its records need not lie in their order.
  void expect_no_order(std::int32_t producer) { unordered_.insert(producer); }
  Name hand_over(std::int32_t producer, Slot slot);
  // `offset` if the client was told where. A client that concludes from a later success that
  // earlier batches are there names the producer id and epoch of that success.
  struct Conclusion {
    std::int64_t producer_id = -1;
    std::int16_t epoch = -1;
  };
  void acknowledge(const Name& name, std::optional<std::int64_t> offset,
                   std::optional<Conclusion> conclusion = {});
  void give_up(const Name& name);
  // An answer that says that these records lie there has left the broker: what took them before is
  // no excuse any more.
  void say(const std::vector<Name>& names, std::int64_t base_offset);

  void hand_out_producer_id(std::int64_t producer_id, Findings& findings);

  // A reader was shown this record, and how far it may read.
  void show(Slot slot, std::int64_t offset, const Name& name, Findings& findings);
  void show_watermark(Slot slot, std::int64_t high_watermark, Findings& findings);

  // These records may be gone, and their offsets from `offset` on be given to others.
  void forgive(Slot slot, const std::vector<Name>& names, std::int64_t offset);
  // Retention may have dropped what lies before this.
  void allow_start(Slot slot, std::int64_t offset);

  bool is_acknowledged(const Name& name) const { return records_.at(name).is_acknowledged; }
  std::uint64_t handed_over() const { return handed_over_; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t given_up() const { return given_up_; }
  std::uint64_t forgiven() const { return forgiven_count_; }

  // `began_in_the_middle(id, epoch)`: see PartitionModel.
  template <class BeganInTheMiddle>
  void check(Slot slot, const ReadLog& log, const BeganInTheMiddle& began_in_the_middle,
             Findings& findings) const {
    check_order(slot, log, findings);
    check_copies(slot, log, findings);
    for (const Name& name : missing(slot, log, findings)) {
      const auto& record = records_.at(name);
      if (record.conclusion &&
          began_in_the_middle(record.conclusion->producer_id, record.conclusion->epoch)) {
        continue;  // the hole that the protocol has (scenario 15)
      }
      find_lost(slot, name, findings);
    }
  }

 private:
  struct Record {
    bool is_acknowledged = false;
    std::int64_t offset = -1;
    std::optional<Conclusion> conclusion;
  };

  void check_order(Slot slot, const ReadLog& log, Findings& findings) const;
  void check_copies(Slot slot, const ReadLog& log, Findings& findings) const;
  std::vector<Name> missing(Slot slot, const ReadLog& log, Findings& findings) const;
  void find_lost(Slot slot, const Name& name, Findings& findings) const;

  std::map<Name, Record> records_;
  std::map<std::pair<std::int32_t, Slot>, std::int64_t> next_index_;
  std::set<std::int32_t> unordered_;
  std::set<Name> forgiven_;
  std::set<std::int64_t> producer_ids_;
  std::map<Slot, std::map<std::int64_t, Name>> shown_;
  std::map<Slot, std::int64_t> watermarks_;
  std::map<Slot, std::int64_t> starts_;
  std::uint64_t handed_over_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t given_up_ = 0;
  std::uint64_t forgiven_count_ = 0;
};

}  // namespace understudy::simulation
