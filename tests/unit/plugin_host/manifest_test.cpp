// SPDX-License-Identifier: Apache-2.0
// What a manifest may say, and the words in which it is refused: where, what is wrong, what is expected.
#include "plugin_host/manifest.h"

#include "base/json.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kLease = R"({"roles":[{"name":"tenant","many":true,"optional":false},
    {"name":"owner","many":false,"optional":true}],"slots":["lease","identity"],"is_side_car":true})";
constexpr const char* kInside = R"({"roles":[],"slots":["lease","identity"],"is_side_car":false})";

std::string refusal(const std::string& text, const char* expected = kLease) {
    const CallOutcome outcome = readManifestCall(text, expected);
    if (outcome.verdict == Verdict::Done) return "accepted";
    EXPECT_EQ(outcome.verdict, Verdict::Rejected);
    EXPECT_EQ(outcome.reason, Reason::ManifestInvalid) << outcome.explanation;
    return outcome.explanation;
}

TEST(Manifest, SaysTypePartiesAndData) {
    const CallOutcome outcome = readManifestCall(R"({"type":"D","language":"fr",
        "parties":[{"role":"tenant","name":"Zoé «L»","email":"zoe@example.org","phone":"+33612345678","language":"en"}],
        "data":{"rent":800,"rooms":[1,{"b":null}]}})",
                                                 kLease);
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    const Json facts = Json::parse(outcome.factsJson);
    EXPECT_EQ(facts["type"], "D");
    EXPECT_EQ(facts["parties"][0]["name"], "Zoé «L»");
    EXPECT_EQ(facts["data"]["rooms"][1]["b"], nullptr);
}

TEST(Manifest, SaysWhereItIsWrongAndWhatIsExpected) {
    EXPECT_EQ(refusal("{\n \"partys\": []\n}"),
              "line 2 column 2: unknown member \"partys\"; expected type, language, parties, data");
    EXPECT_EQ(refusal("{\"parties\": [\n  {\"role\": \"tenant\",\n   \"email\": \"none\"}]}"),
              "line 3 column 4: parties[0].email: expected a mail address, such as name@example.org");
    EXPECT_EQ(refusal(R"({"parties":[{"role":"tenent"}]})"),
              "line 1 column 14: parties[0]: unknown role \"tenent\"; expected \"tenant\", \"owner\"");
    EXPECT_THAT(refusal(R"({"parties":[{"role":"tenant","phone":"0612345678"}]})"),
                HasSubstr("international form, such as +33612345678"));
    EXPECT_THAT(refusal(R"({"parties":[{"name":"x"}]})"),
                HasSubstr("\"role\" is missing; expected \"tenant\""));
    EXPECT_THAT(refusal(R"({"type":"a b"})"), StartsWith("line 1 column 2: type: expected a name"));
    EXPECT_THAT(refusal(R"({"language":"de"})"), HasSubstr("expected \"fr\" or \"en\""));
    EXPECT_THAT(refusal("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(refusal("{\n\"data\": {\"a\": 1,}}"), HasSubstr("line 2 column"));
    EXPECT_THAT(refusal(R"({"data":1,"data":2})"), HasSubstr("line 1 column 11: key \"data\" stands twice"));
}

TEST(Manifest, NamesAsManyPartiesAsThePipelineHas) {
    EXPECT_EQ(refusal(R"({"parties":[{"role":"tenant"},{"role":"tenant"},{"role":"owner"}]})"), "accepted");
    EXPECT_EQ(refusal(R"({"parties":[{"role":"tenant"},{"role":"owner"},{"role":"owner"}]})"),
              "line 1 column 48: parties[2]: a second \"owner\"; this pipeline has one");
    EXPECT_THAT(refusal(R"({"parties":[{"role":"owner"}]})"), HasSubstr("no party has the role \"tenant\""));
    EXPECT_THAT(refusal(R"({"parties":[{"role":"owner"}]})", kInside),
                HasSubstr("this pipeline has no parties"));
}

TEST(Manifest, ThatIsNotThereIsWrongOnlyWhereAPartyIsNeeded) {
    EXPECT_EQ(readManifestCall("", kInside).verdict, Verdict::Done);
    EXPECT_THAT(refusal(""), StartsWith("there is no manifest, and no party has the role \"tenant\""));
}

TEST(Manifest, SpreadsFilesOverSlotsOnlyWhereThereAreSeveral) {
    const std::string maps = R"({"documents":{"lease":"bail.pdf","identity":["a.pdf","b.pdf"]}})";
    EXPECT_EQ(refusal(maps, kInside), "accepted");
    EXPECT_THAT(refusal(R"({"parties":[{"role":"tenant"}],"documents":{}})"),
                HasSubstr("unknown member \"documents\""));
    EXPECT_THAT(refusal(R"({"documents":{"leese":"a"}})", kInside),
                HasSubstr("unknown slot \"leese\"; expected \"lease\", \"identity\""));
    EXPECT_THAT(refusal(R"({"documents":{"lease":[]}})", kInside),
                HasSubstr("documents.lease: expected the name"));
    EXPECT_THAT(refusal(R"({"documents":{"lease":[1]}})", kInside), HasSubstr("expected the name of a file"));
}

TEST(Manifest, LetsNothingThroughThatAMailHeaderOrATerminalWouldObey) {
    const auto named = [](const std::string& name) {
        return refusal(dumpJson({{"parties", {{{"role", "tenant"}, {"name", name}}}}}));
    };
    EXPECT_EQ(named("C:\\xff \\u0041"), "accepted") << "a backslash is a letter like others";
    for (const std::string& bad :
         {std::string("a\r\nBcc: b@example.org"), std::string("a\x1b[31m"), std::string("a\0b", 3),
          std::string("\xe2\x80\xaegnp"), std::string(1'025, 'x')})
        EXPECT_THAT(named(bad), HasSubstr("parties[0].name: expected a text of one line"));
    for (const char* mail : {"a@b@c", "@b", "a@", "a b@c", "a<b@c", "a@c\\r\\nBcc:x"})
        EXPECT_THAT(refusal(std::string(R"({"parties":[{"role":"tenant","email":")") + mail + "\"}]}"),
                    HasSubstr("parties[0].email"));
}

TEST(Manifest, RefusesNumbersThatWouldTurnIntoOthers) {
    EXPECT_EQ(refusal(R"({"data":{"n":[9223372036854775807,-9223372036854775808]}})", kInside), "accepted");
    EXPECT_EQ(refusal("{\"data\":{\"n\":[1,\n9223372036854775808]}}", kInside),
              "line 2 column 1: a whole number beyond 9223372036854775807; give it as a text");
    for (const char* number : {"18446744073709551616", "-9223372036854775809", "12345678901234567890.12"})
        EXPECT_EQ(
            refusal(fmt::format("{{\"data\":{{\"other\":1,\n\"n\":{}}}}}", number), kInside),
            fmt::format("JSON line 2 column 5: {} has more digits than a number keeps; give it as a text",
                        number));
    EXPECT_EQ(refusal(R"({"data":{"n":[0.1, 0.30000000000000004, 1e30, 100000000000000000000.0, -2.50]}})",
                      kInside),
              "accepted");
    EXPECT_THAT(refusal(R"({"data":{"n":1e999}})", kInside),
                HasSubstr("too large for anybody to count with"));
}

TEST(Manifest, IsReadUpToAMebibyteAndNoDeeperThanPeopleNest) {
    EXPECT_THAT(refusal("{\"data\":{\"x\":\"" + std::string(1U << 20U, 'x') + "\"}}", kInside),
                HasSubstr("at most"));
    EXPECT_THAT(
        refusal("{\"data\":{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}}", kInside),
        HasSubstr("deeper than 64"));
}

// Public hostile JSON: each is refused with a reason, or harmless. None may crash or hang.
TEST(Manifest, OutlivesHostileFiles) {
    const std::filesystem::path corpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus/hostile";
    std::vector<std::pair<std::string, std::string>> cases = {
        {"own: lone surrogate", R"({"data":{"n":"\ud800"}})"},
        {"own: NUL", std::string("{\"data\":{}}\0", 12)},
        {"own: byte order mark", "\xef\xbb\xbf{\"data\":{}}"},
        {"own: unterminated", "{\"data\":{\"a\":\"\\"},
    };
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus, ignored))
        if (entry.path().extension() == ".json")
            cases.emplace_back(entry.path().filename(), readFile(entry.path(), 8U << 20U).value());
    for (const auto& [name, text] : cases)
        for (const char* expected : {kLease, kInside}) {
            const CallOutcome outcome = readManifestCall(text, expected);
            if (name == "own: byte order mark" && outcome.verdict == Verdict::Done) continue;
            EXPECT_EQ(outcome.verdict, Verdict::Rejected) << name;
            EXPECT_EQ(outcome.reason, Reason::ManifestInvalid) << name;
            EXPECT_FALSE(outcome.explanation.empty()) << name;
        }
}

}  // namespace
}  // namespace greffe
