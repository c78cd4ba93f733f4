// SPDX-License-Identifier: Apache-2.0
// Scripts of faults and operations, from a file and through the admin door.
#include "support/temporary_directory.h"
#include "unit/simulators/yousign_world.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

using ::testing::HasSubstr;

ApiAnswer play(const YousignWorld& world, const char* script) {
    return ApiClient(world.simulators.textOf("admin", "url"), "")
        .send("POST", "/script", "application/json", script);
}

TEST(Script, SignsWhatTheClientActivates) {
    const TemporaryDirectory directory;
    const std::string file = directory.path() + "/script.json";
    std::ofstream(file) << R"([
        {"on": "yousign", "faults": [{"at": "activate", "fault": "status", "status": 503}]},
        {"on": "yousign", "until": {"path": "/state/signature_requests/0/status", "is": "ongoing"}},
        {"wait_ms": 20},
        {"on": "yousign", "do": "sign", "with": {"signer": 0}}])";
    const YousignWorld world("{}", {"--script", file});
    const std::string request = world.ongoing();
    EXPECT_EQ(world.statusOf(request), "draft") << "the first activation failed as planned";
    EXPECT_EQ(world.api.post(world.at(request, "/activate")).status, 201);
    std::string status;
    for (int i = 0; i < 1000 && status != "done";
         ++i, std::this_thread::sleep_for(std::chrono::milliseconds(5)))
        status = world.statusOf(request);
    EXPECT_EQ(status, "done");
}

TEST(Script, SaysHowItEnded) {
    const YousignWorld world;
    const Json end =
        play(world, R"([{"wait_ms": 1}, {"on": "yousign", "do": "clock", "with": {"advance_seconds": 9}},
        {"on": "yousign", "reset": true}])")
            .json();
    EXPECT_EQ(end, Json({{"steps", 3}, {"done", true}, {"error", nullptr}}));
    EXPECT_THAT(play(world, R"([{"on": "yousign", "do": "sign"}])").body,
                HasSubstr("step 1: no signature request"));
    EXPECT_THAT(play(world, R"([{"on": "fax", "reset": true}])").body, HasSubstr("no simulator fax"));
    EXPECT_THAT(
        play(world, R"([{"on": "yousign", "until": {"path": "/requests/x", "is": 1}, "within_ms": 20}])")
            .body,
        HasSubstr("it did not become"));
    EXPECT_THAT(play(world, R"([{"on": "yousign", "faults": [{"fault": "nonsense"}]}])").body,
                HasSubstr("nonsense"));
}

TEST(Script, RefusesWhatItCannotPlayBeforeItBegins) {
    const YousignWorld world;
    for (const char* wrong :
         {"{}", "[7]", "[{}]", R"([{"on": "yousign"}])", R"([{"do": "sign"}])",
          R"([{"wait_ms": 1, "reset": true}])", R"([{"on": "yousign", "until": {"is": 1}}])"})
        EXPECT_EQ(play(world, wrong).status, 400) << wrong;
    EXPECT_THROW(YousignWorld("{}", {"--script", "/nowhere.json"}), std::runtime_error);
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/script.json") << R"([{"on": "yousign", "do": "sign"}])";
    EXPECT_THROW(YousignWorld("{}", {"--script", directory.path() + "/script.json"}), std::runtime_error)
        << "nothing to sign at the start";
}

TEST(Script, EndsWithTheSimulators) {
    const TemporaryDirectory directory;
    const std::string file = directory.path() + "/script.json";
    std::ofstream(file) << R"([{"wait_ms": 600000}])";
    YousignWorld world("{}", {"--script", file});
    EXPECT_EQ(world.simulators.stop(), 0);
}

}  // namespace
}  // namespace greffe
