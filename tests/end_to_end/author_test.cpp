// SPDX-License-Identifier: Apache-2.0
// What an author of pipelines types, with the real program: the first files, the manual's examples, the
// picture. And that the manual tells the truth: what steps record, and what functions are given.
#include "base/json.h"
#include "config/schema.h"
#include "support/daemon_under_test.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProgram = GREFFE_BINARY_DIR "/bin/greffe";

std::string textOfFile(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

class Author : public ::testing::Test {
protected:
    std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories(fs::path(at(name)).parent_path());
        std::ofstream(at(name)) << text;
    }
    // The exit code; what was said, on either stream, is in `said`.
    int run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), kProgram);
        const ToolResult result = runTool(arguments, 120);
        said = result.output;
        return result.exitCode;
    }
    int check(const std::string& folder) { return run({"check", "--config", at(folder)}); }
    std::string sample() const {
        write("lease.pdf", tinyPdf("lease"));
        return at("lease.pdf");
    }

    std::string said;

private:
    TemporaryDirectory folder_;
};

// --- config new
// -------------------------------------------------------------------------------------------

TEST_F(Author, BeginsWithFilesThatPassTheCheckAndCanBeSimulated) {
    ASSERT_EQ(run({"config", "new", "lease", "--into", at("house")}), 0) << said;
    EXPECT_THAT(
        said, AllOf(HasSubstr("greffe.lua"), HasSubstr("pipelines/lease.lua"), HasSubstr("greffe simulate")));
    EXPECT_EQ(check("house"), 0) << said;
    EXPECT_THAT(said, Not(HasSubstr("warning"))) << said;
    EXPECT_EQ(run({"simulate", at("house"), sample(), "--json"}), 0) << said;
    EXPECT_THAT(said, HasSubstr(R"("state":"done")"));

    // A second one beside it uses what the house has.
    ASSERT_EQ(run({"config", "new", "letters", "--into", at("house")}), 0) << said;
    EXPECT_THAT(said, Not(HasSubstr("written: " + at("house") + "/greffe.lua")));
    EXPECT_EQ(check("house"), 0) << said;
    EXPECT_EQ(run({"simulate", at("house"), sample(), "--pipeline", "letters"}), 0) << said;
}

TEST_F(Author, UsesTheNamesOfTheHouseThatIsThere) {
    write("house/greffe.lua", R"(return {
      keys = { key { name = "company", private_key = secret_file("/k.pem"), certificate = secret_file("/c.pem") } },
      notifiers = { notifier { name = "post", plugin = "notify-smtp", host = "localhost", from = "a@b.test", tls = "none" } },
      pipelines = include "pipelines/*.lua" })");
    write("house/pipelines/first.lua", R"(return pipeline { name = "first",
      intake = { folder { path = "/srv/offices/first" } }, steps = { seal { id = "seal", key = "company" } } })");
    ASSERT_EQ(run({"config", "new", "second", "--into", at("house")}), 0) << said;
    const std::string text = textOfFile(at("house/pipelines/second.lua"));
    EXPECT_THAT(text, AllOf(HasSubstr("key = \"company\""), HasSubstr("via = \"post\""),
                            HasSubstr("path = \"/srv/offices/second\""), HasSubstr("-- archive {")));
    EXPECT_EQ(check("house"), 0) << said;
    EXPECT_EQ(run({"simulate", at("house"), sample(), "--pipeline", "second", "--json"}), 0) << said;
    EXPECT_THAT(said, HasSubstr(R"("state":"done")"));
}

TEST_F(Author, NeverLosesAFileToANewOne) {
    write("house/pipelines/lease.lua", "mine");
    EXPECT_EQ(run({"config", "new", "lease", "--into", at("house")}), 3);
    EXPECT_THAT(
        said, AllOf(HasSubstr("pipelines/lease.lua is there already"), HasSubstr("nothing is overwritten")));
    EXPECT_EQ(textOfFile(at("house/pipelines/lease.lua")), "mine");
    EXPECT_FALSE(fs::exists(at("house/greffe.lua")));

    ASSERT_EQ(run({"config", "new", "lease", "--into", at("other")}), 0) << said;
    const std::string before =
        textOfFile(at("other/greffe.lua")) + textOfFile(at("other/pipelines/lease.lua"));
    EXPECT_EQ(run({"config", "new", "lease", "--into", at("other")}), 1);
    EXPECT_THAT(said, HasSubstr("there is a pipeline \"lease\" already"));
    EXPECT_EQ(textOfFile(at("other/greffe.lua")) + textOfFile(at("other/pipelines/lease.lua")), before);
}

TEST_F(Author, LeavesNothingWhereItCouldNotKeepItsWord) {
    EXPECT_EQ(run({"config", "new", "../escape", "--into", at("house")}), 2);
    EXPECT_THAT(said, HasSubstr("cannot be a pipeline's name"));
    EXPECT_FALSE(fs::exists(at("house")));
    // A house with errors.
    write("bad/greffe.lua", "return { keys = { kee {} } }");
    EXPECT_EQ(run({"config", "new", "lease", "--into", at("bad")}), 1);
    EXPECT_THAT(said, AllOf(HasSubstr("greffe.lua:1:"), HasSubstr("mend them first")));
    EXPECT_FALSE(fs::exists(at("bad/pipelines/lease.lua")));
    // One that does not bring pipelines in by a pattern.
    write("fixed/greffe.lua",
          R"(return { pipelines = { pipeline { name = "only", steps = { refuse "no" } } } })");
    EXPECT_EQ(run({"config", "new", "lease", "--into", at("fixed")}), 1);
    EXPECT_THAT(said, HasSubstr("include \"pipelines/*.lua\""));
    EXPECT_FALSE(fs::exists(at("fixed/pipelines/lease.lua")));
}

// --- config annotations, config describe
// ------------------------------------------------------------------

TEST_F(Author, GetsDefinitionsForTheEditor) {
    ASSERT_EQ(run({"config", "annotations"}), 0);
    const std::string text = said;
    EXPECT_THAT(text,
                AllOf(HasSubstr("---@class greffe.step.seal\n"), HasSubstr("function seal(options) end\n"),
                      HasSubstr("---@class greffe.plugin.notify_smtp.notifier: greffe.instance.notifier\n")));
    ASSERT_EQ(run({"config", "annotations", "--out", at("a.lua")}), 0) << said;
    EXPECT_EQ(said, "");
    EXPECT_EQ(textOfFile(at("a.lua")), text);
    if (hasTool("luac5.4")) {
        EXPECT_EQ(runTool({"luac5.4", "-p", at("a.lua")}).exitCode, 0);
    }

    ASSERT_EQ(run({"config", "new", "lease", "--into", at("house")}), 0) << said;
    ASSERT_EQ(run({"config", "annotations", "--into", at("house")}), 0) << said;
    EXPECT_EQ(textOfFile(at("house/.greffe/greffe.lua")), text);
    EXPECT_THAT(textOfFile(at("house/.luarc.json")), HasSubstr("\".greffe\""));
    EXPECT_EQ(check("house"), 0) << said;
    EXPECT_THAT(said, Not(HasSubstr("warning"))) << "the definitions are not configuration";
    // Again, over what somebody changed for themselves.
    ASSERT_EQ(run({"config", "annotations", "--into", at("house")}), 0);
    EXPECT_THAT(said, Not(HasSubstr("kept")));
    write("house/.luarc.json", "{}");
    ASSERT_EQ(run({"config", "annotations", "--into", at("house")}), 0);
    EXPECT_THAT(said, HasSubstr("it must name the library \".greffe\""));
    EXPECT_EQ(textOfFile(at("house/.luarc.json")), "{}");
    EXPECT_EQ(run({"config", "annotations", "--into", at("nowhere")}), 2);
    EXPECT_THAT(said, HasSubstr("there is no such folder"));
    EXPECT_EQ(run({"config", "annotations", "--into", at("house"), "--out", at("b.lua")}), 2);
    EXPECT_EQ(run({"config", "annotations", "--out", at("no/such/folder.lua")}), 3);
}

TEST_F(Author, ReadsTheManualAndProgramsReadTheSame) {
    ASSERT_EQ(run({"config", "describe"}), 0);
    EXPECT_EQ(said.find(textOfFile(GREFFE_SOURCE_DIR "/config/README.md")), 0U)
        << "config/README.md, then the plugins";
    EXPECT_THAT(said, HasSubstr("### Plugin `tsa-rfc3161`"));
    ASSERT_EQ(run({"config", "describe", "--json"}), 0);
    const Json all = Json::parse(said, nullptr, false);
    ASSERT_TRUE(all.is_object());
    EXPECT_EQ(all["constructs"].size(), allSchemas().size());
    std::vector<std::string> plugins;
    for (const Json& plugin : all["plugins"]) {
        plugins.push_back(textOf(plugin, "id"));
        EXPECT_FALSE(plugin.contains("problem")) << dumpJson(plugin);
    }
    EXPECT_THAT(plugins,
                ::testing::IsSupersetOf({"key-file", "notify-smtp", "tsa-rfc3161", "document-archive"}));
}

// --- the manual's examples
// --------------------------------------------------------------------------------

// The house around an example: each section may be the example's own.
std::map<std::string, std::string> houseSections() {
    std::map<std::string, std::string> sections;
    for (const Section& section : allSections())
        for (const Schema& schema : allSchemas())
            if (schema.group == section.group && schema.name == section.kinds.front() &&
                section.name != "intakes" && section.name != "pipelines")
                sections[section.name] = schema.page.example;
    return sections;
}

TEST_F(Author, EveryExampleOfTheManualPassesTheCheck) {
    for (const Schema& schema : allSchemas()) {
        const std::string name = std::string(nameOf(schema.group)) + "-" + schema.name;
        std::map<std::string, std::string> sections = houseSections();
        std::string parts = "parties = { role \"tenant\" { many = true, optional = true } },";
        std::string steps = "seal { id = \"first\", key = \"office\", document = \"document\" },";
        std::string pipeline;
        switch (schema.group) {
            case SchemaGroup::Step: steps = schema.page.example; break;
            case SchemaGroup::Part: parts = (schema.name == "role" ? "" : parts) + schema.page.example; break;
            case SchemaGroup::Pipeline: pipeline = schema.page.example; break;
            default:
                // "keys = { … }," stands for the section of that name.
                sections[schema.page.example.substr(0, schema.page.example.find(' '))] = schema.page.example;
        }
        // What an example of a choice asks for.
        if (schema.name == "choose") steps = "validate { id = \"check\" }," + steps;
        if (pipeline.empty())
            pipeline =
                fmt::format("return pipeline {{ name = \"example\", {} steps = {{ {} }} }}", parts, steps);
        std::string house = "return {\n";
        for (const auto& [section, text] : sections)
            house += text + "\n";
        write(name + "/greffe.lua", house + "pipelines = include \"pipelines/*.lua\",\n}\n");
        write(name + "/pipelines/example.lua", pipeline);
        EXPECT_EQ(run({"check", "--config", at(name), "--json"}), 0) << name << "\n"
                                                                     << said << house << pipeline;
        const Json checked = storedJson(said);
        for (const Json& finding : memberOf(checked, "diagnostics"))
            EXPECT_EQ(textOf(finding, "code"), "entry_unused") << name << ": " << dumpJson(finding);
    }
}

// --- the manual's facts
// -----------------------------------------------------------------------------------

std::string luaSet(const std::vector<Fact>& facts, bool onlySure) {
    std::string set = "{";
    for (const Fact& fact : facts)
        if (fact.name != "…" && !(onlySure && (fact.type.back() == '?' || fact.type == "any")))
            set += fmt::format(" {} = true,", fact.name);
    return set + " }";
}

// A choose whose function says "ok", or which names of `table` the manual does not have, and which it
// promises.
std::string probe(const std::string& id, const std::string& table, const std::vector<Fact>& facts) {
    return fmt::format(R"(choose {{ id = "probe-{}", by = function(d, item)
        local known, sure, said = {}, {}, ""
        for name in pairs({}) do if not known[name] then said = said .. " unknown:" .. name end end
        for name in pairs(sure) do if ({})[name] == nil then said = said .. " missing:" .. name end end
        return said == "" and "ok" or said
      end, cases = {{ ok = {{ wait {{ id = "w-{}", for_seconds = 1 }} }} }}, otherwise = {{ wait {{ id = "o-{}", for_seconds = 1 }} }} }},
)",
                       id, luaSet(facts, false), luaSet(facts, true), table, table, id, id);
}

constexpr const char* kHouse = R"(return {
  keys = { key { name = "office", private_key = secret_file("/k.pem"), certificate = secret_file("/c.pem") } },
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example.test/", trust_anchors = "/t.pem" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "a@b.test" } },
  archives = { archive { name = "kept", path = "/srv/kept" } },
  signature_providers = { signature_provider { name = "esign", plugin = "sign-rest", url = "https://sign.example.test/",
                                               api_key = secret_file("/key") } },
  pipelines = include "pipelines/*.lua" })";

constexpr const char* kStepsThatRecord = R"(
  validate { id = "f-validate" },
  seal { id = "f-seal", key = "office", level = "B-T" },
  sign { id = "f-sign", signers = { "tenant" }, proof = "proof", expires_days = 30, on_expired = "continue" },
  archive { id = "f-archive" },
  notify { id = "f-notify", to = { "client@example.test" }, template = "sealed" },
  task { id = "f-task", ask = "clerk", answers = { "yes" }, expires_days = 3, on_expired = "continue" },
  wait { id = "f-wait", for_seconds = 60 },
  wait { id = "f-event", for_event = "paid", expires_days = 30, on_expired = "continue" },
  choose { id = "f-choose", by = function(d) return "a" end, cases = { a = { wait { id = "in-a", for_seconds = 1 } } },
           otherwise = { refuse "no" } },
  each { id = "f-each", over = "documents", as = "one", steps = { wait { id = "in-each", for_seconds = 1 } } },
  parallel { id = "f-parallel", branches = { a = { wait { id = "p-a", for_seconds = 1 } }, b = { wait { id = "p-b", for_seconds = 1 } } } },
  validate { id = "f-failed", min_pages = 50, max_pages = 60, on_error = "continue", retry = { attempts = 1 } },
)";

TEST_F(Author, TheManualNamesWhatStepsRecordAndWhatFunctionsAreGiven) {
    std::string steps = kStepsThatRecord;
    std::size_t probes = 0;
    for (const Schema& schema : allSchemas())
        if (schema.group == SchemaGroup::Step && schema.name != "transform" && schema.name != "refuse") {
            steps += probe(schema.name, fmt::format("d.facts[\"f-{}\"]", schema.name), schema.page.facts);
            ++probes;
        }
    steps += probe("event", "d.facts[\"f-event\"]", findSchema(SchemaGroup::Step, "wait")->page.facts);
    steps += probe("failed", "d.facts[\"f-failed\"]", failedStepFacts());
    const std::map<std::string, std::string> tables = {
        {"Dossier", "d"}, {"Document", "d.documents.document"}, {"Party", "d.parties[1]"}};
    for (const ViewClass& type : dossierView())
        steps += probe(type.name, tables.at(type.name), type.fields);
    probes += 2 + dossierView().size();
    write("house/greffe.lua", kHouse);
    write("house/pipelines/x.lua",
          fmt::format("return pipeline {{ name = \"x\", parties = {{ role \"tenant\" {{ many = true }} }},\n"
                      "  steps = {{ {} }} }}",
                      steps));
    const std::string lease = sample();
    write("lease.json", R"({"type": "D", "language": "en", "data": {"x": 1}, "parties": [{"role": "tenant",
      "name": "Anne", "email": "anne@example.test", "phone": "+33612345678"}]})");
    ASSERT_EQ(run({"simulate", at("house"), lease, "--answer", "f-sign=signed", "--answer", "f-task=yes",
                   "--answer", "f-event={\"amount\": 3}", "--advance", "60d", "--json"}),
              0)
        << said;
    const Json report = storedJson(said.substr(std::min(said.size(), said.find('{'))));
    ASSERT_FALSE(memberOf(report, "dossiers").empty()) << said;
    const Json& dossier = memberOf(report, "dossiers")[0];
    EXPECT_EQ(textOf(dossier, "state"), "done") << said;
    std::size_t seen = 0;
    for (const Json& entry : memberOf(dossier, "timeline"))
        if (const std::string step = textOf(entry, "step"); step.rfind("probe-", 0) == 0)
            for (const Json& note : memberOf(entry, "notes")) {
                ++seen;
                EXPECT_EQ(textOf(note, "text"), "by = \"ok\"") << step;
            }
    EXPECT_EQ(seen, probes) << said;
}

TEST_F(Author, ChecksAFolderNamedEitherWay) {
    const std::string shipped = GREFFE_SOURCE_DIR "/config";
    EXPECT_EQ(run({"check", shipped}), 0) << said;
    EXPECT_EQ(run({"check", "--config", shipped}), 0) << said;
    EXPECT_EQ(run({"check", shipped, "--config", at("nowhere")}), 2);
    EXPECT_EQ(run({"check", at("nowhere")}), 3);
}

// --- pipeline show
// ----------------------------------------------------------------------------------------

TEST_F(Author, SeesWhatAPipelineDoes) {
    const std::string shipped = GREFFE_SOURCE_DIR "/config";
    ASSERT_EQ(run({"pipeline", "show", "seal", "--config", shipped, "--language", "en"}), 0) << said;
    EXPECT_THAT(said, AllOf(HasSubstr("check (validate)  " + shipped + "/pipelines/seal.lua:14\n"),
                            HasSubstr("tells office@example.org by “mail”"),
                            HasSubstr("8 attempts, 10 s to 1 h apart")));
    ASSERT_EQ(run({"pipeline", "show", "--config", shipped, "--language", "fr"}), 0)
        << "the only one needs no name";
    EXPECT_THAT(said, HasSubstr("prévient office@example.org"));

    ASSERT_EQ(run({"pipeline", "show", "--config", shipped, "--language", "en", "--json"}), 0) << said;
    const Json outline = storedJson(said);
    ASSERT_EQ(memberOf(outline, "steps").size(), 4U) << said;
    EXPECT_EQ(textOf(memberOf(outline, "steps")[1], "place"), shipped + "/pipelines/seal.lua:22");
    EXPECT_THAT(textOf(memberOf(outline, "steps")[3], "what"), HasSubstr("tells office@example.org"));

    ASSERT_EQ(
        run({"pipeline", "show", "seal", "--config", shipped, "--language", "fr", "--graph", at("seal.svg")}),
        0);
    EXPECT_EQ(said, "written: " + at("seal.svg") + "\n");
    const std::string svg = textOfFile(at("seal.svg"));
    EXPECT_THAT(svg, AllOf(HasSubstr("<svg xmlns="), HasSubstr("prévient office@example.org")));
    ASSERT_EQ(run({"pipeline", "show", "seal", "--config", shipped, "--language", "fr", "--graph", "-"}), 0);
    EXPECT_EQ(said, svg);
}

TEST_F(Author, IsToldWhyNothingIsShown) {
    const std::string shipped = GREFFE_SOURCE_DIR "/config";
    EXPECT_EQ(run({"pipeline", "show", "sael", "--config", shipped}), 2);
    EXPECT_EQ(said, "greffe: there is no pipeline \"sael\"; there are: seal\n");
    EXPECT_EQ(run({"pipeline", "show", "seal", "--config", shipped, "--language", "de"}), 2);
    EXPECT_EQ(run({"pipeline", "show", "seal", "--config", at("nowhere")}), 3);
    EXPECT_EQ(run({"pipeline", "show", "seal", "--config", shipped, "--graph", at("no/x.svg")}), 3);
    EXPECT_THAT(said, HasSubstr(at("no/x.svg")));
    EXPECT_EQ(run({"pipeline", "show", "seal", "--config", shipped, "--graph", at("")}), 3);
    EXPECT_THAT(said, HasSubstr("is a folder"));
    write("bad/greffe.lua", "return { keys = 3 }");
    EXPECT_EQ(run({"pipeline", "show", "seal", "--config", at("bad")}), 1);
    EXPECT_THAT(said, HasSubstr("greffe.lua:1:"));
}

}  // namespace
}  // namespace greffe
