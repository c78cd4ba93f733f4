// SPDX-License-Identifier: Apache-2.0
// The commands that do one job without a daemon: seal, validate, plugin (verify: verify_forged_test.cpp). The
// real binary, its real workers, and what it says and returns.
#include "base/json.h"
#include "support/daemon_under_test.h"
#include "support/run_tool.h"
#include "support/running_simulators.h"
#include "support/temporary_directory.h"
#include "support/test_pki.h"
#include "unit/plugins/archive_calls.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kGreffe = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
const std::string kPlugins = std::string(GREFFE_BINARY_DIR) + "/lib/greffe/plugins";

void writeBytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

class OneShotTest : public ::testing::Test {
protected:
    OneShotTest() {
        static TestPki pki;  // keys take long under a sanitizer
        static const TestIdentity seal = pki.seal(), other = pki.seal();
        writeBytes(at("seal.key"), seal.keyPem());
        writeBytes(at("seal.crt"), seal.chainPem());
        writeBytes(at("other.key"), other.keyPem());
        writeBytes(at("locked.key"), seal.keyPem("open sesame"));
        writeBytes(at("seal.p12"), seal.pkcs12("open sesame"));
        writeBytes(at("passphrase"), "open sesame\n");
        writeBytes(at("in.pdf"), tinyPdf());
    }

    std::string at(const std::string& name) const { return folder_.path() + "/" + name; }

    static ToolResult greffe(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), kGreffe);
        return runTool(arguments, 60);
    }
    ToolResult seal(const std::string& in, const std::string& out, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {"seal", at(in), "-o", at(out)};
        if (more.empty()) more = {"--key", at("seal.key"), "--cert", at("seal.crt")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return greffe(arguments);
    }

    TemporaryDirectory folder_;
};

class Seal : public OneShotTest {};
class Validate : public OneShotTest {};
class PluginCommand : public OneShotTest {};

TEST_F(Seal, AppendsASealThatOthersFindValid) {
    const ToolResult sealed =
        seal("in.pdf", "out.pdf",
             {"--key", at("seal.key"), "--cert", at("seal.crt"), "--reason", "Approuvé", "--json"});
    ASSERT_EQ(sealed.exitCode, 0) << sealed.output;
    const Json said = Json::parse(sealed.output, nullptr, false);
    EXPECT_EQ(textOf(said, "verdict"), "good");
    EXPECT_EQ(textOf(said["facts"], "level"), "B-B");
    const std::string before = readBytes(at("in.pdf")), after = readBytes(at("out.pdf"));
    EXPECT_THAT(after, StartsWith(before));
    if (hasTool("pdfsig")) {
        const std::vector<PdfsigVerdict> verdicts = pdfsigVerdicts(at("out.pdf"));
        ASSERT_THAT(verdicts, SizeIs(1));
        EXPECT_TRUE(verdicts[0].isValid && verdicts[0].coversFile);
    }
    const ToolResult validated = greffe({"validate", at("out.pdf")});
    EXPECT_EQ(validated.exitCode, 0) << validated.output;
    EXPECT_THAT(validated.output, AllOf(HasSubstr("covers the whole file: holds"), HasSubstr("good\n")));
}

TEST_F(Seal, SealsAgainOverAnEarlierSeal) {
    ASSERT_EQ(seal("in.pdf", "once.pdf").exitCode, 0);
    const ToolResult again = seal("once.pdf", "twice.pdf");
    ASSERT_EQ(again.exitCode, 0) << again.output;
    const ToolResult validated = greffe({"validate", "--json", at("twice.pdf")});
    const Json facts = Json::parse(validated.output, nullptr, false)["facts"];
    ASSERT_THAT(facts["signatures"], SizeIs(2)) << validated.output;
    for (const Json& signature : facts["signatures"])
        EXPECT_TRUE(boolOf(signature, "holds"));
}

TEST_F(Seal, HasItStampedByTheAuthorityThatIsNamed) {
    const RunningSimulators world(R"({"tsa": {}})");
    const std::vector<std::string> key = {"--key", at("seal.key"), "--cert", at("seal.crt")};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), key.begin(), key.end());
        return more;
    };
    const ToolResult sealed =
        seal("in.pdf", "out.pdf",
             with({"--tsa", world.textOf("tsa", "url"), "--tsa-roots", world.textOf("tsa", "root_file")}));
    ASSERT_EQ(sealed.exitCode, 0) << sealed.output;
    EXPECT_THAT(sealed.output, HasSubstr("B-T"));
    const ToolResult validated = greffe({"validate", "--json", at("out.pdf")});
    const Json signature = Json::parse(validated.output, nullptr, false)["facts"]["signatures"][0];
    EXPECT_EQ(textOf(signature["timestamp"], "state"), "holds") << validated.output;
    // Without an answer, or with one of a stranger, nothing is written: never a lesser seal than was asked
    // for.
    const ToolResult silent = seal("in.pdf", "silent.pdf", with({"--tsa", "http://127.0.0.1:1/"}));
    EXPECT_EQ(silent.exitCode, 3) << silent.output;
    const ToolResult strange = seal(
        "in.pdf", "strange.pdf", with({"--tsa", world.textOf("tsa", "url"), "--tsa-roots", at("seal.crt")}));
    EXPECT_EQ(strange.exitCode, 3) << strange.output;
    EXPECT_FALSE(fs::exists(at("silent.pdf")) || fs::exists(at("strange.pdf")));
}

TEST_F(Seal, TakesKeysInTheirForms) {
    EXPECT_EQ(
        seal("in.pdf", "a.pdf", {"--pkcs12", at("seal.p12"), "--passphrase-file", at("passphrase")}).exitCode,
        0);
    EXPECT_EQ(
        seal("in.pdf", "b.pdf",
             {"--key", at("locked.key"), "--cert", at("seal.crt"), "--passphrase-file", at("passphrase")})
            .exitCode,
        0);
}

TEST_F(Seal, SaysWhenTheKeyIsNotTheCertificates) {
    const ToolResult wrong = seal("in.pdf", "out.pdf", {"--key", at("other.key"), "--cert", at("seal.crt")});
    EXPECT_EQ(wrong.exitCode, 3);
    EXPECT_THAT(wrong.output, HasSubstr("certificate")) << wrong.output;
    EXPECT_FALSE(fs::exists(at("out.pdf")));
    const ToolResult locked =
        seal("in.pdf", "out.pdf", {"--key", at("locked.key"), "--cert", at("seal.crt")});
    EXPECT_EQ(locked.exitCode, 3);
    EXPECT_THAT(locked.output, HasSubstr("passphrase"));
    const ToolResult absent = seal("in.pdf", "out.pdf", {"--key", at("no.key"), "--cert", at("seal.crt")});
    EXPECT_EQ(absent.exitCode, 3);
    EXPECT_THAT(absent.output, HasSubstr("no.key"));
}

TEST_F(Seal, RefusesWhatItCannotSealWithTheReason) {
    writeBytes(at("note.txt"), "not a PDF");
    writeBytes(at("empty.pdf"), "");
    for (const auto& [name, code] :
         {std::pair("note.txt", "[not_a_pdf]"), std::pair("empty.pdf", "[empty_file]")}) {
        const ToolResult refused = seal(name, "out.pdf");
        EXPECT_EQ(refused.exitCode, 1) << refused.output;
        EXPECT_THAT(refused.output, AllOf(HasSubstr(code), HasSubstr(name)));
    }
    ASSERT_TRUE(hasTool("qpdf")) << "scripts/setup --test installs it";
    ASSERT_EQ(
        runTool({"qpdf", "--encrypt", "user", "owner", "256", "--", at("in.pdf"), at("locked.pdf")}).exitCode,
        0);
    const ToolResult locked = seal("locked.pdf", "out.pdf");
    EXPECT_EQ(locked.exitCode, 1) << locked.output;
    EXPECT_THAT(locked.output, HasSubstr("[password_needed]"));
    EXPECT_FALSE(fs::exists(at("out.pdf")));
}

TEST_F(Seal, NeverOverwrites) {
    writeBytes(at("out.pdf"), "somebody's");
    const ToolResult taken = seal("in.pdf", "out.pdf");
    EXPECT_EQ(taken.exitCode, 3);
    EXPECT_THAT(taken.output, HasSubstr("out.pdf is there already"));
    EXPECT_EQ(readBytes(at("out.pdf")), "somebody's");
    EXPECT_EQ(seal("in.pdf", "in.pdf").exitCode, 3);
    EXPECT_EQ(readBytes(at("in.pdf")), tinyPdf());
    EXPECT_EQ(seal("in.pdf", "nowhere/out.pdf").exitCode, 3);
}

TEST_F(Seal, KnowsWrongCommandLines) {
    const std::string key = at("seal.key"), cert = at("seal.crt");
    EXPECT_EQ(greffe({"seal", at("in.pdf"), "--key", key, "--cert", cert}).exitCode, 2);
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"--key", key},
             {"--key", key, "--cert", cert, "--pkcs12", at("seal.p12")},
             {"--key", key, "--cert", cert, "--level", "B-X"},
             {"--key", key, "--cert", cert, "--level", "B-T"},
             {"--key", key, "--cert", cert, "--level", "B-B", "--tsa", "http://localhost/"},
             {"--unknown"}}) {
        const ToolResult wrong = seal("in.pdf", "out.pdf", more);
        EXPECT_EQ(wrong.exitCode, 2) << wrong.output;
    }
    EXPECT_EQ(greffe({"seal"}).exitCode, 2);
    EXPECT_FALSE(fs::exists(at("out.pdf")));
}

TEST_F(Seal, ShowsProgressOnATerminalOnly) {
    const ToolResult plain = seal("in.pdf", "plain.pdf");
    EXPECT_THAT(plain.output, Not(HasSubstr("signing")));
    EXPECT_THAT(plain.output, Not(HasSubstr("\033")));
    const std::string command = fmt::format("{} seal {} -o {} --key {} --cert {}", kGreffe, at("in.pdf"),
                                            at("shown.pdf"), at("seal.key"), at("seal.crt"));
    const ToolResult shown = runTool({"script", "-qec", command, "/dev/null"}, 60);
    EXPECT_EQ(shown.exitCode, 0) << shown.output;
    EXPECT_THAT(shown.output, AllOf(HasSubstr("signing"), HasSubstr("\r\033[K")));
}

TEST_F(Validate, SaysASentenceAProblem) {
    const ToolResult good = greffe({"validate", at("in.pdf")});
    EXPECT_EQ(good.exitCode, 0) << good.output;
    EXPECT_THAT(good.output, AllOf(HasSubstr("PDF 1.7"), HasSubstr("good\n")));
    const ToolResult size = greffe({"validate", "--page-size", "A3", at("in.pdf")});
    EXPECT_EQ(size.exitCode, 1);
    EXPECT_THAT(size.output, HasSubstr("[page_size]"));
    writeBytes(at("note.txt"), "not a PDF");
    const ToolResult note = greffe({"validate", "--json", at("note.txt")});
    EXPECT_EQ(note.exitCode, 1);
    EXPECT_THAT(note.output, AllOf(HasSubstr(R"("code":"not_a_pdf")"), HasSubstr(R"("verdict":"bad")")));
    EXPECT_EQ(greffe({"validate", at("absent.pdf")}).exitCode, 3);
    EXPECT_EQ(greffe({"validate", folder_.path()}).exitCode, 3);
    EXPECT_EQ(greffe({"validate"}).exitCode, 2);
    EXPECT_EQ(greffe({"validate", "--max-pages", "many", at("in.pdf")}).exitCode, 2);
}

TEST_F(Validate, FindsABrokenSeal) {
    ASSERT_EQ(seal("in.pdf", "out.pdf").exitCode, 0);
    std::string bytes = readBytes(at("out.pdf"));
    const std::size_t at_ = bytes.find("hello");
    ASSERT_NE(at_, std::string::npos);
    bytes[at_] = 'j';
    writeBytes(at("changed.pdf"), bytes);
    const ToolResult changed = greffe({"validate", at("changed.pdf")});
    EXPECT_EQ(changed.exitCode, 1);
    EXPECT_THAT(changed.output, AllOf(HasSubstr("[signature_broken]"), HasSubstr("does not hold")));
}

TEST_F(Validate, LooksIntoArchives) {
    ASSERT_TRUE(hasTool("zip")) << "scripts/setup --test installs it";
    ASSERT_EQ(runTool({"zip", "-jq", at("a.zip"), at("in.pdf")}).exitCode, 0);
    const ToolResult archive = greffe({"validate", at("a.zip")});
    EXPECT_EQ(archive.exitCode, 0) << archive.output;
    EXPECT_THAT(archive.output, HasSubstr("zip"));
}

// What an office begins with must be right as it is; only the files it names are the office's.
TEST_F(OneShotTest, TheShippedConfigurationIsGood) {
    const ToolResult checked = greffe({"check", "--config", std::string(GREFFE_SOURCE_DIR) + "/config"});
    EXPECT_EQ(checked.exitCode, 0) << checked.output;
    EXPECT_THAT(checked.output, Not(HasSubstr("error"))) << checked.output;
}

TEST_F(PluginCommand, ListsAndShowsWithoutRunningCode) {
    const ToolResult list = greffe({"plugin", "list"});
    EXPECT_EQ(list.exitCode, 0);
    for (const char* id :
         {"archive-folder", "document-pdf", "key-file", "notify-smtp", "seal-pades", "tsa-rfc3161"})
        EXPECT_THAT(list.output, HasSubstr(id));
    EXPECT_THAT(list.output, Not(HasSubstr("not usable")));
    const ToolResult show = greffe({"plugin", "show", "notify-smtp"});
    EXPECT_EQ(show.exitCode, 0);
    EXPECT_THAT(show.output,
                AllOf(HasSubstr("notifier/1"), HasSubstr("providers"), HasSubstr("timeout_seconds"),
                      HasSubstr("(required)"), HasSubstr("(secret)")));
    const ToolResult file = greffe({"plugin", "show", "--json", kPlugins + "/key-file.so"});
    EXPECT_EQ(textOf(Json::parse(file.output, nullptr, false), "id"), "key-file") << file.output;
    EXPECT_EQ(greffe({"plugin", "show", "no-such"}).exitCode, 3);
    // A file that is cut off is told of, never opened: mapping it would end the process.
    fs::create_directory(at("plugins"));
    writeBytes(at("plugins/key-cut.so"), readBytes(kPlugins + "/key-file.so").substr(0, 5'000));
    const ToolResult cut = greffe({"plugin", "show", at("plugins/key-cut.so")});
    EXPECT_EQ(cut.exitCode, 1) << cut.output;
    const ToolResult all = runTool({"env", "GREFFE_PLUGIN_PATH=" + at("plugins"), kGreffe, "plugin", "list"});
    EXPECT_EQ(all.exitCode, 0);
    EXPECT_THAT(all.output, AllOf(HasSubstr("key-cut.so is not usable"), HasSubstr("key-file")));
}

TEST_F(PluginCommand, MakesANewOne) {
    const ToolResult made = greffe({"plugin", "new", "sign-mine", "--into", folder_.path()});
    ASSERT_EQ(made.exitCode, 0) << made.output;
    EXPECT_TRUE(fs::exists(at("sign-mine/CMakeLists.txt")));
    EXPECT_TRUE(fs::exists(at("sign-mine/sign_mine.cpp")));
    EXPECT_THAT(readBytes(at("sign-mine/plugin.cpp")),
                AllOf(HasSubstr("sign-mine"), Not(HasSubstr("transform-template"))));
    EXPECT_EQ(greffe({"plugin", "new", "sign-mine", "--into", folder_.path()}).exitCode, 3);
    EXPECT_EQ(greffe({"plugin", "new", "Sign_Mine", "--into", folder_.path()}).exitCode, 2);
}

TEST_F(PluginCommand, ProvesTheRulesOnOne) {
    writeBytes(at("options.json"), R"({"path": "/srv/kept"})");
    const ToolResult good =
        greffe({"plugin", "test", kPlugins + "/archive-folder.so", "--options", at("options.json")});
    EXPECT_EQ(good.exitCode, 0) << good.output;
    EXPECT_THAT(good.output, AllOf(HasSubstr("TAP version 13"), Not(HasSubstr("not ok"))));
    writeBytes(at("wrong.json"), R"({"path": "/srv/kept", "format": "rar"})");
    const ToolResult wrong =
        greffe({"plugin", "test", kPlugins + "/archive-folder.so", "--options", at("wrong.json")});
    EXPECT_EQ(wrong.exitCode, 1) << "an instance cannot start with these options";
    EXPECT_THAT(wrong.output, HasSubstr("not ok"));
    EXPECT_EQ(greffe({"plugin", "test"}).exitCode, 2);
}

// --- greffe check --live
// ----------------------------------------------------------------------------------------

class LiveCheck : public OneShotTest {
protected:
    LiveCheck() {
        fs::create_directories(at("config/pipelines"));
        fs::create_directories(at("in"));
        writeBytes(at("config/pipelines/main.lua"), R"(return pipeline { name = "main", steps = {
            seal { id = "seal", key = "office" }, notify { id = "tell", via = "mail", to = { "a@b.test" }, subject = "s", text = "t" } } })");
    }
    ToolResult check(const std::string& key, int mailPort, std::vector<std::string> more = {}) {
        writeBytes(at("config/greffe.lua"), fmt::format(R"(return {{
            settings = settings {{ spool = "{0}/spool", control_socket = "{0}/control.sock", front_port = 0 }},
            keys = {{ key {{ name = "office", private_key = secret_file("{0}/{1}"), certificate = secret_file("{0}/seal.crt") }} }},
            notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost", port = {2}, tls = "none",
                                       from = "greffe@office.test", timeout_seconds = 3 }} }},
            intakes = {{ folder {{ name = "leases", path = "{0}/in", pipeline = "main" }} }},
            pipelines = include "pipelines/*.lua" }})",
                                                        folder_.path(), key, mailPort));
        std::vector<std::string> arguments = {"check", "--config", at("config"), "--live"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return greffe(arguments);
    }
};

TEST_F(LiveCheck, SaysThatAllIsThere) {
    RunningSimulators world(R"({"smtp": {}})");
    const ToolResult said = check("seal.key", world.portOf("smtp"));
    EXPECT_EQ(said.exitCode, 0) << said.output;
    for (const char* what :
         {"spool", "intake leases", "lua pool", "documents pool", "key office", "notifier mail"})
        EXPECT_THAT(said.output, HasSubstr(std::string("good    ") + what));
    EXPECT_TRUE(world.received("smtp").at("messages").empty());
    EXPECT_FALSE(fs::exists(at("spool"))) << "it looks, and makes nothing";
}

TEST_F(LiveCheck, NamesWhatIsMissing) {
    fs::remove(at("in"));
    const ToolResult said = check("nowhere.key", 1, {"--json"});
    EXPECT_EQ(said.exitCode, 3) << said.output;
    const Json answer = Json::parse(said.output, nullptr, false);
    std::map<std::string, std::string> troubles;
    for (const Json& finding : memberOf(answer, "live"))
        if (!boolOf(finding, "good")) troubles[textOf(finding, "what")] += textOf(finding, "text");
    EXPECT_THAT(troubles["intake leases"], HasSubstr("make the folder"));
    EXPECT_THAT(troubles["key office"], HasSubstr("nowhere.key: No such file"));
    EXPECT_THAT(troubles["notifier mail"], HasSubstr("provider_unavailable"));
    EXPECT_THAT(troubles, SizeIs(3));
}

// --- what was typed wrong
// ----------------------------------------------------------------------------------------

TEST_F(OneShotTest, SaysWhatWasTypedWrong) {
    const auto expect = [](const std::vector<std::string>& words, int code, const char* text) {
        const ToolResult said = greffe(words);
        EXPECT_EQ(said.exitCode, code) << said.output;
        EXPECT_THAT(said.output, HasSubstr(text));
    };
    expect({"validat", at("in.pdf")}, 2, "did you mean validate?");
    expect({"validate", at("in.pdf"), "--page-size", "foo"}, 2, "page_size");
    expect({"validate", at("nope.pdf"), "--json"}, 3, R"("verdict":"unknown")");
    expect({"verify", at("nope.zip"), "--json"}, 3, R"("verdict":"unknown")");
    expect({"dossier", "list", "--state", "bogus"}, 2, "no state \"bogus\"");
    expect({"check", "--config", at("nowhere")}, 3, "name the folder that holds greffe.lua");
    expect({"check", at("nowhere")}, 3, "name the folder that holds greffe.lua");
    expect({"check", at("nowhere"), "--config", at("elsewhere")}, 2, "one of them");
    expect({"check", std::string(GREFFE_SOURCE_DIR) + "/config"}, 0, "configuration good");
    expect(
        {"seal", at("in.pdf"), "-o", at("no/where.pdf"), "--key", at("seal.key"), "--cert", at("seal.crt")},
        3, "make the folder of the output first");
    expect({"seal", at("in.pdf"), "-o", at("o.pdf"), "--key", at("seal.key"), "--cert", at("seal.crt"),
            "--level", "B-T", "--tsa", "garbage"},
           2, "http://");
}

}  // namespace
}  // namespace greffe
