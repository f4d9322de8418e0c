#include "differential/script.h"

#include <gmock/gmock.h>

#include <sstream>

#include "differential/generate.h"

namespace understudy::differential {
namespace {

using ::testing::HasSubstr;

// What is wrong with the second line.
std::string fault_of(const std::string& step) {
  std::istringstream lines("{\"script\":\"mine\"}\n" + step + "\n");
  try {
    parse_script(lines);
    return "";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("line 2: "));
    return error.what();
  }
}

TEST(Script, ReadsBackWhatIsDrawn) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    const Script script = generate({.seed = 4, .number = number, .with_restarts = true});
    EXPECT_TRUE(is_well_formed(script)) << to_text(script);
    std::istringstream lines(to_text(script));
    EXPECT_EQ(to_text(parse_script(lines)), to_text(script));
  }
}

TEST(Script, NamesMistakes) {
  EXPECT_THAT(fault_of(R"({"api":"Metadatas"})"), HasSubstr("no API is named 'Metadatas'"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","version":99})"), HasSubstr("no version 99"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","version":"1"})"), HasSubstr("is string, not int64"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","requests":{}})"), HasSubstr("\"requests\""));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","request":[]})"), HasSubstr("is array"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","request":{"topicz":[]}})"), HasSubstr("\"topicz\""));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","request":{"topics":"abc"}})"),
              HasSubstr("request.topics is no array"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","request":{"topics":[{"nam":"a"}]}})"),
              HasSubstr("request.topics[0] has no field \"nam\""));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","request":{"topics":[{"name":"$foo"}]}})"),
              HasSubstr("no symbol is named $foo"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","frame":{"flip":[[1]]}})"), HasSubstr("pairs"));
  EXPECT_THAT(fault_of(R"({"api":"Metadata","frame":{"flop":1}})"), HasSubstr("\"flop\""));
  EXPECT_THAT(fault_of(R"({"restart":"explode"})"), HasSubstr("\"clean\" or \"kill\""));
  EXPECT_THAT(fault_of(R"({"restart":5})"), HasSubstr("is int64, not string"));
  EXPECT_THAT(fault_of(R"({"apj":"Fetch"})"), HasSubstr("no step"));
  EXPECT_THAT(fault_of(R"({"bytes":1})"), HasSubstr("is int64, not string"));
  EXPECT_THAT(fault_of(R"({"api":"Produce","version":9,"request":{"topicData":[{"partitionData":[)"
                       R"({"records":{"$batches":[{"countt":1}]}}]}]}})"),
              HasSubstr("a batch has no member \"countt\""));
  EXPECT_EQ(fault_of(R"({"api":"Metadata","clientId":null})"), "");
}

TEST(Script, RefusesAScriptWithoutSteps) {
  std::istringstream lines("{\"script\":\"mine\"}\n");
  EXPECT_THROW(parse_script(lines), std::runtime_error);
}

}  // namespace
}  // namespace understudy::differential
