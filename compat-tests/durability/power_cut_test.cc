#include "durability/power_cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "support/process.h"

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;

using testing::IsEmpty;

class PowerCutTest : public testing::Test {
 public:
  ~PowerCutTest() override { fs::remove_all(folder_); }

 protected:
  PowerCutTest() {
    std::string pattern = (fs::temp_directory_path() / "power-cut.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    fs::create_directory(data());
  }

  fs::path data() const { return folder_ / "data"; }
  fs::path notes() const { return folder_ / "notes"; }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(data() / name, std::ios::binary) << bytes;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(data() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void note(SyncNote::Kind kind, const std::string& name, std::uint64_t size) const {
    struct stat status = {};
    ASSERT_EQ(::stat((data() / name).c_str(), &status), 0);
    const SyncNote text = {kind, status.st_dev, status.st_ino, size};
    std::ofstream(notes(), std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(&text), sizeof text);
  }

  fs::path folder_;
};

TEST_F(PowerCutTest, KeepsWhatWasSynced) {
  const std::string bytes = std::string(1500, 's') + std::string(1500, 'u');
  std::set<std::string> fates;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    write("file", bytes);
    note(SyncNote::kSynced, "file", 1500);
    std::mt19937_64 random(seed);
    PowerCut(data(), notes()).strike(random);
    const std::string left = read("file");
    ASSERT_EQ(left.substr(0, 1500), bytes.substr(0, 1500)) << "seed " << seed;
    ASSERT_LE(left.size(), bytes.size());
    const bool is_spoiled = left != bytes.substr(0, left.size());
    fates.insert(left == bytes         ? "whole"
                 : left.size() == 1500 ? "cut to what was synced"
                 : is_spoiled          ? "spoiled"
                                       : "cut");
  }
  EXPECT_EQ(fates.size(), 4u) << testing::PrintToString(fates);
}

TEST_F(PowerCutTest, LosesFilesThatWereNeverSynced) {
  std::set<bool> fates;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    write("file", "bytes");
    std::mt19937_64 random(seed);
    PowerCut(data(), notes()).strike(random);
    fates.insert(fs::exists(data() / "file"));
  }
  EXPECT_EQ(fates.size(), 2u);
}

TEST_F(PowerCutTest, CanSpareAllButRecords) {
  fs::create_directory(data() / "orders-0");
  fs::create_directory(data() / "__cluster_metadata-0");
  bool was_struck = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const char* name : {"meta.properties", "__cluster_metadata-0/0.log", "orders-0/0.index"}) {
      write(name, "bytes");
    }
    write("orders-0/0.log", "bytes");
    std::mt19937_64 random(seed);
    PowerCut power_cut(data(), notes());
    power_cut.spare_all_but_records();
    power_cut.strike(random);
    EXPECT_EQ(read("meta.properties"), "bytes");
    EXPECT_EQ(read("__cluster_metadata-0/0.log"), "bytes");
    EXPECT_EQ(read("orders-0/0.index"), "bytes");
    was_struck = was_struck || read("orders-0/0.log") != "bytes";
  }
  EXPECT_TRUE(was_struck);
}

TEST_F(PowerCutTest, SparesWhatItHasSparedBefore) {
  write("file", "bytes");
  note(SyncNote::kSynced, "file", 5);
  std::mt19937_64 random(1);
  PowerCut power_cut(data(), notes());
  EXPECT_THAT(power_cut.strike(random), IsEmpty());
  for (int again = 0; again < 20; ++again) EXPECT_THAT(power_cut.strike(random), IsEmpty());
  EXPECT_EQ(read("file"), "bytes");
}

TEST_F(PowerCutTest, NotesCountInTheirOrder) {
  write("file", std::string(100, 'x'));
  PowerCut power_cut(data(), notes());
  const auto known = [&] {
    power_cut.read_notes();
    return power_cut.known(data() / "file");
  };
  EXPECT_FALSE(known().is_synced);
  note(SyncNote::kSynced, "file", 80);
  note(SyncNote::kSynced, "file", 60);  // an older sync that ended later
  EXPECT_EQ(known().size, 80u);
  note(SyncNote::kCut, "file", 30);
  EXPECT_EQ(known().size, 30u);
  note(SyncNote::kCut, "file", 50);
  EXPECT_EQ(known().size, 30u);
  note(SyncNote::kSynced, "file", 70);
  EXPECT_EQ(known().size, 70u);
  note(SyncNote::kCut, "file", 0);
  EXPECT_FALSE(known().is_synced);
}

// The module in the place where it works: in another program.
TEST_F(PowerCutTest, TheModuleNotesWhatAProgramSyncs) {
  // Both lie beside this test; no path of a checkout is compiled in.
  const std::filesystem::path here = std::filesystem::canonical("/proc/self/exe").parent_path();
  support::Process probe(
      {.command = {here / UNDERSTUDY_SYNC_PROBE, data()},
       .environment = {"LD_PRELOAD=" + (here / UNDERSTUDY_SYNC_RECORDER).string(),
                       std::string(kSyncNotesVariable) + "=" + notes().string(),
                       "ASAN_OPTIONS=verify_asan_link_order=0"},
       .errors_file = folder_ / "errors"});
  const auto ending = probe.wait(std::chrono::minutes(1));
  ASSERT_TRUE(ending);
  ASSERT_EQ(ending->text(), "exit code 0");
  PowerCut power_cut(data(), notes());
  power_cut.read_notes();
  const auto synced = [&](const char* name) -> std::int64_t {
    const PowerCut::Known known = power_cut.known(data() / name);
    return known.is_synced ? std::int64_t(known.size) : -1;
  };
  EXPECT_EQ(synced("half"), 100);
  EXPECT_EQ(synced("cut"), 40);
  EXPECT_EQ(synced("emptied"), -1);
  EXPECT_EQ(synced("renamed"), 20);
  EXPECT_EQ(synced("never"), -1);
}

}  // namespace
}  // namespace understudy::durability
