#include "broker/base/request.h"

#include <gtest/gtest.h>

#include "wire/messages/init_producer_id.h"

namespace understudy::broker {
namespace {

using InitReply = Reply<wire::InitProducerIdResponse>;

class Sink : public ReplySink {
 public:
  void respond(std::unique_ptr<Request>, const wire::Struct&, void*) override { ++answers; }
  void respond_nothing(std::unique_ptr<Request>) override { ++answers; }
  void close(std::unique_ptr<Request>, const std::string&) override { ++answers; }
  void dropped(const Request&) override { ++drops; }

  int answers = 0;
  int drops = 0;
};

TEST(Reply, AReplyThatWasAnsweredIsNotDropped) {
  Sink sink;
  {
    InitReply(sink, std::make_unique<Request>()).send({});
  }
  EXPECT_EQ(sink.answers, 1);
  EXPECT_EQ(sink.drops, 0);
}

TEST(Reply, TheSinkHearsOfAReplyThatNobodyAnswered) {
  Sink sink;
  {
    InitReply reply(sink, std::make_unique<Request>());
    const InitReply owner = std::move(reply);  // counts once
  }
  EXPECT_EQ(sink.answers, 0);
  EXPECT_EQ(sink.drops, 1);
}

TEST(ReplyDeathTest, AnsweringTwiceStopsTheProcess) {
  Sink sink;
  InitReply reply(sink, std::make_unique<Request>());
  std::move(reply).nothing();
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the mistake
  EXPECT_DEATH(std::move(reply).nothing(), "request_ != nullptr");
}

}  // namespace
}  // namespace understudy::broker
