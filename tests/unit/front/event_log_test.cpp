// SPDX-License-Identifier: Apache-2.0
// What stands in the log is what was meant: a line an event, whatever its parts were made of.
#include "observe/event_log.h"

#include "base/json.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string written(EventLog::Form form, const Json& keys) {
    EventLog::setForm(form);
    testing::internal::CaptureStderr();
    EventLog::write(LogLevel::Warning, "worker said", keys);
    EventLog::setForm(EventLog::Form::Text);
    return testing::internal::GetCapturedStderr();
}

// A worker chooses its keys, and a worker may be hijacked.
TEST(EventLog, AKeyIsNeverALineNorAnotherKey) {
    const Json keys = {{"a\n2026-11-22T00:00:00.000Z error   journal broken", 1},
                       {"\x1b[2J", "cleared"},
                       {"pool=keys text", "x"},
                       {std::string(5'000, 'k'), "long"}};
    const std::string text = written(EventLog::Form::Text, keys);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr(" pool=keys")));
    EXPECT_LT(text.size(), 500U);
    const std::string line = written(EventLog::Form::JsonLines, keys);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
    EXPECT_TRUE(parseJson(line)) << line;
}

}  // namespace
}  // namespace greffe
