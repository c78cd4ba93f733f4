// SPDX-License-Identifier: Apache-2.0
#include "loader/plugin_library.h"

#include "loader/host_services/host_base.h"
#include "loader/host_services/host_log.h"
#include "loader/plugin_catalogue.h"
#include "loader/plugin_instance.h"
#include "loader/recorded_outcome.h"
#include "support/temporary_directory.h"
#include "unit/loader/elf_file.h"

#include <greffe/capability/transformer.h>

#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const PluginLibrary& testLibrary() {
    static const PluginLibrary* library = PluginLibrary::load(readMetadata(testPluginPath()).value()).value();
    return *library;
}

// The host, and what plugins said through it.
struct LoggingHost {
    LoggingHost() { host.offer(static_cast<LogService&>(log)); }
    std::vector<std::string> events;
    HostLog log{[this](const PluginLogLine& line) { events.push_back(line.event); }};
    HostBase host;
};

TEST(PluginLibrary, LoadsOnceAndUsesACapability) {
    const auto metadata = readMetadata(testPluginPath());
    const auto first = PluginLibrary::load(*metadata);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(*PluginLibrary::load(*metadata), *first);
    EXPECT_STREQ((*first)->descriptor().id, "test-echo");

    LoggingHost logging;
    auto instance = PluginInstance::create((*first)->descriptor(), logging.host);
    ASSERT_TRUE(instance);
    EXPECT_EQ(instance->capability<Transformer>(), nullptr) << "not started";
    ASSERT_TRUE(instance->start("{}"));
    auto* transformer = instance->capability<Transformer>();
    ASSERT_NE(transformer, nullptr);
    EXPECT_EQ(instance->query("transformer/2"), nullptr);

    DocumentView documents[2];
    documents[0].bytes = "one";
    documents[1].bytes = "two";
    RecordedOutcome outcome;
    transformer->transform(documents, 2, "{}", outcome);
    const CallResult result = outcome.take();
    EXPECT_EQ(result.verdict, Verdict::Done);
    ASSERT_EQ(result.artifacts.size(), 1U);
    EXPECT_EQ(result.artifacts[0].sha256, sha256("onetwo"));
}

TEST(PluginLibrary, RefusesAFileThatChangedSinceItWasExamined) {
    const TemporaryDirectory directory;
    const std::string path = writePlugin(directory.path(), readTestPlugin());
    const auto metadata = readMetadata(path);
    ASSERT_TRUE(metadata);
    std::filesystem::remove(path);
    writePlugin(directory.path(), readTestPlugin());
    EXPECT_EQ(PluginLibrary::load(*metadata).error().code, Errc::Busy);
}

// A changed metadata text with an unchanged descriptor, and the other way round.
TEST(PluginLibrary, RefusesADescriptorThatSaysSomethingElse) {
    const TemporaryDirectory directory;
    std::string file = readTestPlugin();
    ASSERT_EQ(replaceText(file, R"("version":"1.2.3")", R"("version":"9.2.3")"), 1);
    const auto metadata = readMetadata(writePlugin(directory.path(), file));
    ASSERT_TRUE(metadata) << metadata.error().text();
    const auto library = PluginLibrary::load(*metadata);
    ASSERT_FALSE(library);
    EXPECT_EQ(library.error().message,
              "plugin test-echo: its descriptor says version \"1.2.3\", its metadata \"9.2.3\"");
}

TEST(PluginLibrary, RefusesAnotherBuildTagBeforeLoading) {
    const TemporaryDirectory directory;
    std::string file = readTestPlugin();
    ASSERT_GT(replaceText(file, "cxx11abi=1", "cxx11abi=0"), 0);
    const std::string path = writePlugin(directory.path(), file);
    const auto metadata = readMetadata(path);
    ASSERT_TRUE(metadata) << metadata.error().text();
    const auto library = PluginLibrary::load(*metadata);
    ASSERT_FALSE(library);
    EXPECT_THAT(library.error().message, HasSubstr("cxx11abi=0"));
    EXPECT_THAT(library.error().message, HasSubstr(GREFFE_BUILD_TAG));
    EXPECT_EQ(readFile("/proc/self/maps", 4U << 20U)->find(path), std::string::npos);
}

TEST(PluginLibrary, GivesTheLoadersOwnWords) {
    const TemporaryDirectory directory;
    std::string file = readTestPlugin();
    // The C++ library under a name that no system has.
    ASSERT_GT(replaceText(file, "libstdc++.so.6", "libstdc--.so.6"), 0);
    const auto library = PluginLibrary::load(readMetadata(writePlugin(directory.path(), file)).value());
    ASSERT_FALSE(library);
    EXPECT_THAT(library.error().text(), HasSubstr("libstdc--.so.6"));
}

TEST(PluginInstance, CleansUpAndReleasesWhateverFailed) {
    LoggingHost logging;
    {
        auto instance = PluginInstance::create(testLibrary().descriptor(), logging.host);
        const Status started = instance->start(R"({"mode":"fail-provision"})");
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().message, "plugin test-echo: mode: cannot be provisioned");
        EXPECT_EQ(instance->capability<Transformer>(), nullptr);
    }
    EXPECT_THAT(logging.events, ElementsAre("provision", "cleanup", "release"));
    logging.events.clear();
    { auto unused = PluginInstance::create(testLibrary().descriptor(), logging.host); }
    EXPECT_THAT(logging.events, ElementsAre("cleanup", "release"));
    logging.events.clear();
    {
        auto first = PluginInstance::create(testLibrary().descriptor(), logging.host);
        PluginInstance moved = std::move(first).value();
        ASSERT_TRUE(moved.start("{}"));
    }
    EXPECT_THAT(logging.events, ElementsAre("provision", "cleanup", "release"))
        << "a moved instance ends once";
}

TEST(PluginInstance, DoesNotBelieveAVerdictWithoutItsReasons) {
    LoggingHost logging;
    auto silent = PluginInstance::create(testLibrary().descriptor(), logging.host);
    EXPECT_THAT(silent->start(R"({"mode":"silent-refusal"})").error().message,
                HasSubstr("refused without saying why"));
    auto liar = PluginInstance::create(testLibrary().descriptor(), logging.host);
    EXPECT_FALSE(liar->check(R"({"mode":"true-beside-error"})"));
    auto warned = PluginInstance::create(testLibrary().descriptor(), logging.host);
    EXPECT_TRUE(warned->check(R"({"mode":"warn"})"));
    ASSERT_EQ(warned->problems().size(), 1U);
    EXPECT_FALSE(warned->problems()[0].isError);
    EXPECT_EQ(warned->problems()[0].option, "mode");
}

TEST(PluginInstance, ReportsACreateThatGivesNothing) {
    PluginDescriptor descriptor = testLibrary().descriptor();
    descriptor.create = [](Host&) -> Instance* { return nullptr; };
    HostBase host;
    EXPECT_THAT(PluginInstance::create(descriptor, host).error().message,
                HasSubstr("create() gave no instance"));
}

TEST(PluginCatalogue, FindsPluginsAndSaysWhyOthersAreNot) {
    const TemporaryDirectory first;
    const TemporaryDirectory second;
    const std::string whole = readTestPlugin();
    std::string old = whole;
    replaceText(old, "\"abi_major\":1", "\"abi_major\":0");
    replaceText(old, "test-echo", "test-olds");
    writePlugin(first.path(), whole);
    writePlugin(first.path(), old, "test-olds.so");
    writePlugin(first.path(), "not a plugin", "README");
    writePlugin(second.path(), whole);
    writePlugin(second.path(), whole.substr(0, 5000), "test-half.so");

    const auto catalogue = PluginCatalogue::scan({first.path(), first.path() + "/absent", second.path()});
    ASSERT_EQ(catalogue.plugins().size(), 1U);
    ASSERT_NE(catalogue.find("test-echo"), nullptr);
    EXPECT_EQ(catalogue.find("test-echo")->path, first.path() + "/test-echo.so");
    ASSERT_EQ(catalogue.problems().size(), 4U);
    EXPECT_EQ(catalogue.problems()[0].error.message, "plugin test-olds: ABI 0.0, this Greffe offers 1.0");
    EXPECT_EQ(catalogue.problems()[1].path, first.path() + "/absent");
    EXPECT_THAT(catalogue.problems()[2].error.message, HasSubstr("is already taken from " + first.path()));
    EXPECT_EQ(catalogue.problems()[3].error.code, Errc::Corrupt);

    EXPECT_TRUE(catalogue.require("test-echo"));
    EXPECT_EQ(catalogue.require("test-half").error().code, Errc::Corrupt)
        << "the file's own trouble, not 'missing'";
    EXPECT_THAT(catalogue.require("sign-none").error().text(),
                HasSubstr("sign-none.so is not in " + first.path()));
}

}  // namespace
}  // namespace greffe
