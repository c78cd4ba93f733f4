// SPDX-License-Identifier: Apache-2.0
// greffe test: specs beside a configuration, as an author runs them.
#include "base/json.h"
#include "config/spec_schema.h"
#include "end_to_end/operator_at_work.h"
#include "support/daemon_under_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHouse = R"(
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example.test/" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "office@example.test" } },
  archives = { archive { name = "kept", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

constexpr const char* kSteps = R"(
  validate { id = "check", max_pages = 3 },
  task { id = "verify", ask = "officer", answers = { "validate", "refuse" }, expires_days = 30,
         on = { refuse = { refuse { id = "no", reason = "not acceptable" } } },
         on_expired = { refuse { id = "late", reason = "nobody answered" } } },
  wait { id = "paid", for_event = "bank", expires_days = 20 },
  parallel { id = "both", branches = {
    keep = { seal { id = "seal", key = "office", level = "B-T" }, archive { id = "keep" } },
    greet = { notify { id = "greet", to = { "client@example.test" }, subject = "Paid", text = "Thank you" } } } },
  notify { id = "tell", to = { "client@example.test" }, subject = "Your lease", text = "It is sealed.",
           attach = { "document" } })";

// Through everything: each expectation of the good way.
constexpr const char* kGood = R"(
  spec "sealed, kept and sent" {
    at = "2026-03-27T09:00+01:00",
    drop { named = "lease.pdf", as = "lease", manifest = { type = "L", data = { rent = 800 } } },
    expect { state = "waiting", at = "verify", asks = { "officer" }, due = "2026-04-26T08:00Z", sent = {},
             type = "L", data = { rent = 800 }, says = "officer" },
    answer { step = "verify", with = "validate" },
    restart {},
    expect { at = "paid", due = "2026-04-16T10:00+02:00", not_ran = { "seal" } },
    advance { days = 3 },
    event { dossier = "lease", step = "paid", body = { amount = 800 } },
    expect { state = "done", ran = { "check", "verify", "paid", "greet", "seal", "keep", "both", "tell" },
             documents = { "document" }, stamps = 1, facts = { seal = { level = "B-T" } },
             sent = { { subject = "lease", attached = { "lease.pdf" }, says = "sealed", via = "mail" },
                      { to = "client@example.test", subject = "Paid", attached = {} } } },
  },)";

class Specs : public ::testing::Test {
protected:
    Specs() : daemon_(kSteps, R"(stable_seconds = 0, manifest = "optional")", kHouse) {
        fs::create_directories(folder() + "/tests");
        // Nothing of the house is needed.
        fs::remove(daemon_.root() + "/key.pem");
    }
    std::string folder() const { return daemon_.root() + "/config"; }
    void write(const std::string& specs, const std::string& name = "main.lua") {
        std::ofstream(folder() + "/tests/" + name) << "return {" << specs << "\n}\n";
    }
    int test(std::vector<std::string> more = {}) {
        std::vector<std::string> words = {"test", folder()};
        words.insert(words.end(), more.begin(), more.end());
        return daemon_.command(words, &said_);
    }

    DaemonUnderTest daemon_;
    std::string said_;
};

// What never runs because it is misspelt is no promise. The other specs run: who writes the spec first names
// steps that are still to come.
TEST_F(Specs, AStepThatThereIsNotFailsItsSpecOnly) {
    const std::pair<const char*, const char*> wrong[] = {
        {R"(answer { step = "verfy", with = "refuse" })", "verfy"},
        {R"(expect { not_ran = { "seal", "sael" } })", "sael"},
        {R"(expect { ran = { "chek" } })", "chek"},
        {R"(expect { at = "paidd" })", "paidd"},
        {R"(expect { facts = { kep = { container = "x" } } })", "kep"},
        {R"(event { step = "paid " })", "paid "},
        {R"(operator { does = "resolve", step = "teII", happened = true })", "teII"}};
    std::string specs = R"(spec "right, also inside branches" {
      drop {}, expect { not_ran = { "seal", "greet", "no", "late" }, at = "verify" } },)";
    for (const auto& [action, name] : wrong)
        specs += fmt::format("\nspec \"{}\" {{ drop {{}}, {} }},", name, action);
    write(specs);
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, AllOf(HasSubstr("ok 1 - right"), HasSubstr("8 specs, 7 failed"),
                             HasSubstr("did you mean \"seal\"?")));
    for (const auto& [action, name] : wrong)
        EXPECT_THAT(said_, HasSubstr(fmt::format("pipeline \"main\" has no step \"{}\"", name))) << action;
    write(R"(spec "either" { drop {}, advance { to = "2026-06-01", days = 3 } },)");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(
        said_,
        HasSubstr(
            "main.lua:1:63: error: spec \"either\": advance: \"to\" says until when already; write \"to\" or "
            "\"days\""));
}

// Each example of the manual, in a file of its own: what fails may be what is expected, never how it is
// written.
TEST_F(Specs, TheManualsExamplesMayBeWritten) {
    fs::create_directories(folder() + "/tests/samples");
    std::ofstream(folder() + "/tests/samples/lease.pdf") << "%PDF-";
    for (const Schema& schema : specSchemas()) {
        const bool isSpec = schema.name == "spec";
        write(isSpec ? schema.page.example : fmt::format("spec \"example\" {{ {} }},", schema.page.example));
        EXPECT_LE(test(), 1) << said_;
        EXPECT_THAT(said_, AllOf(HasSubstr("ok 1"), Not(HasSubstr("error:")))) << schema.name;
    }
}

TEST_F(Specs, AGoodWayAndItsBranchesAreOk) {
    write(std::string(kGood) + R"(
  spec "too many pages" { drop { pages = 4 }, expect { state = "rejected", reason = "page_count", ran = {}, sent = {} } },
  spec "refused" { drop {}, answer { step = "verify", with = "refuse" }, expect { state = "refused", ran = { "verify", "check" } } },
  spec "nobody answers" { drop {}, advance { days = 31 }, expect { state = "refused", says = "nobody answered" } },
  spec "a silent server is asked until it answers" {
    drop {}, answer { step = "verify", with = "validate" }, service { name = "mail", is = "silent" }, event { step = "paid" },
    expect { state = "retry_wait", at = "greet", sent = {} },
    service { name = "mail", is = "working" }, restart {}, advance { days = 1 },
    expect { state = "done", sent = { {}, {} } } },
  spec "a key that is refused is an operator's" {
    drop {}, answer { step = "verify", with = "validate" }, service { name = "mail", is = "refusing" }, event { step = "paid" },
    expect { state = "held" },
    service { name = "mail", is = "working" }, operator { does = "retry" }, expect { state = "done" } },
  spec "cancelled" { drop {}, operator { does = "cancel" }, expect { state = "cancelled", sent = {} } },)");
    EXPECT_EQ(test(), 0) << said_;
    EXPECT_THAT(said_, AllOf(HasSubstr("TAP version 14\n1..7\nok 1 - sealed, kept and sent\n"),
                             HasSubstr("# 7 specs, 0 failed"), Not(HasSubstr("not ok"))));
}

// Each wrong expectation is found, at its line, with what was so instead.
TEST_F(Specs, EachExpectationCanFail) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"(state = "done")", "state: waiting, expected done"},
        {R"(reason = "page_size")", "reason: none, expected page_size"},
        {R"(at = "paid")", "at: verify, expected paid"},
        {R"(says = "the bank")", "\"the bank\" in it"},
        {R"(due = "2026-02-04T09:01")", "due: 2026-02-04T09:00:00.000Z, expected 2026-02-04T09:01"},
        {R"(asks = { "clerk" })", "asks: officer, expected clerk"},
        {R"(asks = {})", "asks: officer, expected nothing"},
        {R"(ran = {})", "ran: check, expected nothing"},
        {R"(not_ran = { "check" })", "ran: check, expected not check"},
        {R"(facts = { check = { pages = 2 } })", "facts.check.pages: 1, expected 2"},
        {R"(data = { rent = 1 })", "data.rent: null, expected 1"},
        {R"(type = "L")", "type: "},
        {R"(sent = { { to = "x@example.test" } })",
         "sent: nothing; expected, and not sent: {\"to\":\"x@example.test\"}"},
        {R"(stamps = 1)", "stamps: 0, expected 1"}};
    std::string specs;
    for (std::size_t i = 0; i < cases.size(); ++i)
        specs += fmt::format("\nspec \"{}\" {{ drop {{}}, expect {{ {} }} }},", i, cases[i].first);
    write(specs);
    EXPECT_EQ(test(), 1);
    for (std::size_t i = 0; i < cases.size(); ++i)
        EXPECT_THAT(said_, AllOf(HasSubstr(fmt::format("not ok {} - {}\n# {}/tests/main.lua:{}:\n#   ", i + 1,
                                                       i, folder(), i + 2)),
                                 HasSubstr(cases[i].second)));
    EXPECT_THAT(said_, HasSubstr("validate   done")) << "the way there";
}

TEST_F(Specs, AnActionThatCannotBeDoneFailsAtItsLine) {
    write(R"(
spec "no drop" { answer { step = "verify", with = "validate" } },
spec "asks nothing" { drop {}, answer { step = "paid", with = "validate" } },
spec "no such answer" { drop {}, answer { step = "verify", with = "perhaps" } },
spec "no event" { drop {}, event { step = "paid" } },
spec "back in time" { drop {}, advance { to = "2020-01-01" } },
spec "nothing to retry" { drop {}, operator { does = "retry" } },
spec "no such file" { drop { file = "../greffe.lua" } },)");
    EXPECT_EQ(test(), 1);
    for (const char* what : {"nothing was dropped before", "step \"paid\" asks nothing now",
                             "cannot be answered \"perhaps\"", "step \"paid\" waits for no event now",
                             "time goes forward only", "nothing to try again", "../greffe.lua"})
        EXPECT_THAT(said_, HasSubstr(what));
    EXPECT_THAT(said_, HasSubstr("# 7 specs, 7 failed"));
}

TEST_F(Specs, WhatIsWrittenWrongIsSaidAsInTheConfiguration) {
    write(R"(
spec "a" { drop { pges = 2 } },
spec "a" { expcet {} },
spec "b" { pipeline = "mian", drop { as = "x", pages = "two" } },
spec "c" { at = "tomorrow", seal {}, expect { dossier = "x", state = "gone" } },
spec "d" {},
spec "e" { drop { manifest = { f = function() end } }, operator { does = "resolve" } },
spec "f" { at = "2026-02-31", drop {}, advance { to = "2026-03-01T08:30+1a:00" } },
pipeline {},)");
    EXPECT_EQ(test(), 1);
    for (const char* what :
         {"main.lua:2:19: error: spec \"a\": drop: unknown option \"pges\"; did you mean \"pages\"?",
          "two specs are called \"a\"", "did you mean \"expect\"?",
          "there is no pipeline \"mian\"; did you mean \"main\"?", "wants a whole number",
          "\"tomorrow\" is no time such as", "\"2026-02-31\" is no time", "+1a:00\" is no time",
          "is wanted here, not", "no drop before it is called \"x\"", "option \"state\" is one of",
          "it does nothing", "says whether it happened", "wants data"})
        EXPECT_THAT(said_, HasSubstr(what));
    EXPECT_THAT(said_, Not(HasSubstr("TAP")));
}

// Each is a promise that could never be broken, or one that could never be kept.
TEST_F(Specs, NamesOfDocumentsAndServicesMustBeThereToo) {
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {R"(expect { documents = { "documnt" } })",
         R"(no slot and no step of pipeline "main" provides the document "documnt"; did you mean "document"?)"},
        {R"(service { name = "mial", is = "silent" })",
         R"(there is no notifier, authority or signature provider "mial"; did you mean "mail"?)"},
        {R"(service { name = "kept", is = "silent" })",
         R"(there is no notifier, authority or signature provider "kept")"},
        {R"(expect { sent = { { via = "mial" } } })",
         R"(sent: there is no notifier "mial"; did you mean "mail"?)"}};
    std::string specs;
    for (std::size_t i = 0; i < wrong.size(); ++i)
        specs += fmt::format("spec \"{}\" {{ drop {{}}, {} }},\n", i, wrong[i].first);
    write(specs);
    EXPECT_EQ(test(), 1);
    for (const auto& [action, line] : wrong)
        EXPECT_THAT(said_, HasSubstr(line));
    EXPECT_THAT(said_, HasSubstr("4 specs, 4 failed"));
}

TEST_F(Specs, MayNameWhatAnyPipelineHasThatTheyDropTo) {
    std::ofstream(folder() + "/pipelines/other.lua") << R"(return pipeline { name = "other", steps = {
        transform { id = "split", plugin = "document-archive", into = "part", many = true, options = { into = "members" } },
        validate { id = "look", document = "document" } } })";
    std::ofstream(folder() + "/tests/main.lua") << R"(return {
spec "a" { pipeline = "main", drop {}, drop { pipeline = "other" }, expect { not_ran = { "keep", "look" } } },
spec "b" { drop { pipeline = "other" }, expect { documents = { "part-2" }, not_ran = { "look", "keep" } } } })";
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, AllOf(HasSubstr("ok 1 - a"), HasSubstr("not ok 2 - b"),
                             HasSubstr("pipeline \"other\" has no step \"keep\"")));
}

TEST_F(Specs, AFolderIsADossierOfSeveralDocuments) {
    std::ofstream(folder() + "/pipelines/main.lua") << R"(return pipeline { name = "main",
  documents = { slot "lease" {}, slot "proof" {} },
  steps = { validate { id = "check", document = "lease", max_pages = 1 },
            validate { id = "identity", document = "proof", min_pages = 2 } } })";
    const std::string good = R"(spec "both" {
  drop { documents = { { named = "lease.pdf" }, { named = "proof.pdf", pages = 2 } } },
  expect { state = "done", documents = { "lease", "proof" } } },
spec "named by the manifest" {
  drop { documents = { { named = "a.pdf" }, { named = "b.pdf", pages = 2 } },
         manifest = { documents = { lease = "a.pdf", proof = "b.pdf" } } },
  expect { state = "done" } },
spec "one is missing" { drop { documents = { { named = "lease.pdf" } } },
  expect { state = "rejected" } },
spec "the wrong way round" {
  drop { documents = { { named = "proof.pdf" }, { named = "lease.pdf", pages = 2 } } },
  expect { state = "rejected", reason = "page_count" } },)";
    write(good);
    replaceIn(folder() + "/greffe.lua", "stable_seconds = 0",
              "stable_seconds = 0, archives_as_dossiers = true");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, HasSubstr("no intake of pipeline \"main\" takes folders"));
    replaceIn(folder() + "/greffe.lua", "stable_seconds = 0",
              "stable_seconds = 0, folders_as_dossiers = true");
    EXPECT_EQ(test(), 0);
    EXPECT_THAT(said_, HasSubstr("ok 4 - the wrong way round"));
    write(R"(spec "twice" { drop { documents = { {}, {} } } },
spec "outside" { drop { documents = { { named = "../x.pdf" } } } },)");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, AllOf(HasSubstr("two documents of the folder are called \"document.pdf\""),
                             HasSubstr("\"../x.pdf\" is no name of a file")));
    write(R"(spec "mixed" { drop { pages = 2, documents = { {} } } },)");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, HasSubstr("the documents of a folder have each their own \"pages\""));
}

TEST_F(Specs, ErrorsOfFunctionsNameTheAuthorsOwnFile) {
    std::ofstream(folder() + "/pipelines/main.lua") << R"(return pipeline { name = "main", steps = {
  validate { id = "check", when = function(d) return d.nothing.there end } } })";
    write(
        R"(spec "held" { drop {}, expect { state = "held", says = "pipelines/main.lua:2: step" }, expect { says = "nobody says that" } },)");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, AllOf(HasSubstr(folder() + "/pipelines/main.lua:2: step \"check\""),
                             HasSubstr("says: \"document.pdf"), Not(HasSubstr("(config/")),
                             Not(HasSubstr(" config/"))));
}

TEST_F(Specs, AManifestThatIsMissingIsAskedForWhereItIsWritten) {
    std::ofstream(folder() + "/pipelines/main.lua") << R"(return pipeline { name = "main",
  parties = { role "tenant" { many = true } }, steps = { validate { id = "check" } } })";
    write(R"(spec "no manifest" { drop {} },)");
    EXPECT_EQ(test(), 1);
    EXPECT_THAT(said_, AllOf(HasSubstr("which only a manifest names"), HasSubstr("drop { manifest = { … } }"),
                             Not(HasSubstr("--manifest"))));
}

TEST_F(Specs, AreReportedToCiAndFiltered) {
    write(
        R"(spec "good <1>" { drop {}, expect { at = "verify" } }, spec "bad & ugly" { drop {}, expect { state = "done" } },)");
    const std::string report = daemon_.root() + "/junit.xml";
    EXPECT_EQ(test({"--junit", report}), 1);
    std::ifstream file(report);
    const std::string xml((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_THAT(xml, AllOf(HasSubstr("tests=\"2\" failures=\"1\""), HasSubstr("name=\"good &lt;1&gt;\""),
                           HasSubstr("<failure message=\"state: waiting, expected done\">")));
    EXPECT_EQ(test({"--filter", "good"}), 0) << said_;
    EXPECT_EQ(test({"--filter", "none such"}), 2);
    fs::remove_all(folder() + "/tests");
    EXPECT_EQ(test(), 3);
    EXPECT_THAT(said_, HasSubstr("tests: there is no spec"));
}

TEST_F(Specs, SamplesAndHelpersLieBelowTests) {
    fs::create_directories(folder() + "/tests/lib");
    std::ofstream(folder() + "/tests/lib/lease.pdf") << tinyPdf("lease");
    std::ofstream(folder() + "/tests/lib/waits.lua") << "return { expect { state = \"waiting\" } }";
    std::ofstream(folder() + "/tests/main.lua")
        << "local waits = include \"lib/waits.lua\"\n"
           "return spec \"a file\" { drop { file = \"lib/lease.pdf\" }, waits[1], expect { facts = { check = "
           "{ pages = 1 } } } }";
    EXPECT_EQ(test(), 0) << said_;
    EXPECT_EQ(daemon_.command({"check", "--config", folder()}, &said_), 0)
        << "they are no part of the configuration: " << said_;
}

// What is shipped has specs for every way through it.
TEST(ShippedSpecs, AreKept) {
    DaemonUnderTest daemon;  // for its command line
    std::string said;
    EXPECT_EQ(daemon.command({"test", std::string(GREFFE_SOURCE_DIR) + "/config"}, &said), 0) << said;
}

}  // namespace
}  // namespace greffe
