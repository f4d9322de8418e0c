#include "broker/server/output_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace understudy::server {
namespace {

using wire::Slice;

// Two ends of a connection; what our end is given is read from the other.
class OutputQueueTest : public ::testing::Test {
 protected:
  OutputQueueTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours_ = Descriptor(ends[0]);
    theirs_ = Descriptor(ends[1]);
    std::string name = ::testing::TempDir() + "understudy-output-XXXXXX";
    file_ = std::make_shared<Descriptor>(::mkostemp(name.data(), O_CLOEXEC));
    ::unlink(name.c_str());
  }

  void write_file(const std::string& text) {
    EXPECT_TRUE(write_all(file_->get(), reinterpret_cast<const std::uint8_t*>(text.data()),
                          text.size(), 0));
  }
  Slice slice_of_file(std::uint64_t position, std::size_t size, Purpose purpose) {
    return read_slice(file_, mappings_, position, size, purpose).value_or(Slice{});
  }
  std::string read_some() {
    std::string text(256u << 10, '\0');
    const ssize_t got = ::read(theirs_.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

  Descriptor ours_;
  Descriptor theirs_;
  std::shared_ptr<Descriptor> file_;
  MappingCount mappings_;
  OutputQueue queue_;
};

std::string counted(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ' ';
  text.resize(size);
  return text;
}

TEST_F(OutputQueueTest, SendsFromMemoryAndFromFilesInOrder) {
  const std::string text = counted(1u << 20);
  write_file(text);
  const Slice region = slice_of_file(5000, 900'000, Purpose::kSending);
  ASSERT_TRUE(region_of(region));
  queue_.push({Slice::copy_of("head "), region, Slice::copy_of(" middle "),
               region.sub(100'000, 200'000), Slice::copy_of(" tail")});
  std::string got;
  int blocked = 0;
  for (auto status = OutputQueue::Status::kBlocked; status != OutputQueue::Status::kDone;) {
    status = queue_.write_to(ours_.get());
    ASSERT_NE(status, OutputQueue::Status::kFailed);
    if (status == OutputQueue::Status::kBlocked) ++blocked;
    got += read_some();
  }
  for (std::string more = read_some(); !more.empty(); more = read_some()) got += more;
  EXPECT_GT(blocked, 0) << "the pipe takes less than a megabyte at once";
  EXPECT_TRUE(got == "head " + text.substr(5000, 900'000) + " middle " +
                         text.substr(105'000, 200'000) + " tail");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(OutputQueueTest, AFileThatHasBecomeShorterBreaksTheConnection) {
  write_file(counted(200'000));
  queue_.push({slice_of_file(0, 200'000, Purpose::kSending)});
  ASSERT_EQ(::ftruncate(file_->get(), 0), 0);
  EXPECT_EQ(queue_.write_to(ours_.get()), OutputQueue::Status::kFailed);
}

TEST_F(OutputQueueTest, APeerThatIsGoneIsAFailureAndNoSignal) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &signals, nullptr), 0);  // as Runtime::run() does
  write_file(counted(200'000));
  queue_.push({slice_of_file(0, 200'000, Purpose::kSending)});
  theirs_ = Descriptor();
  EXPECT_EQ(queue_.write_to(ours_.get()), OutputQueue::Status::kFailed);
}

TEST_F(OutputQueueTest, TheFileStaysOpenAndUncutAsLongAsItsSlice) {
  const std::string text = counted(100'000);
  write_file(text);
  const int fd = file_->get();
  Slice slice = slice_of_file(4097, 90'000, Purpose::kSending);
  file_.reset();
  EXPECT_TRUE(mappings_.any());
  ASSERT_TRUE(region_of(slice.sub(3, 80'000)));
  EXPECT_EQ(region_of(slice.sub(3, 80'000))->position, 4100u);
  EXPECT_EQ(region_of(slice)->fd, fd);
  // A reader sees the same bytes.
  EXPECT_TRUE(slice.view() == std::string_view(text).substr(4097, 90'000));
  slice = {};
  EXPECT_FALSE(mappings_.any());
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(OutputQueueTest, SmallSlicesAreCopies) {
  write_file(counted(100'000));
  EXPECT_FALSE(region_of(slice_of_file(0, 1000, Purpose::kSending)));
  EXPECT_FALSE(region_of(Slice::copy_of(counted(100'000))));
  EXPECT_FALSE(region_of(Slice{}));
}

}  // namespace
}  // namespace understudy::server
