// SPDX-License-Identifier: Apache-2.0
// Looking, importing, looking after: the operations as a client sees them.
#include "unit/control/control_fixture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ControlOperations, EachStandsInTheReadmeWithItsParameters) {
    const std::string readme =
        readFile(std::string(GREFFE_SOURCE_DIR) + "/daemon/control/README.md", 1U << 20U).value();
    for (const Operation& operation : operationTable()) {
        const auto row = readme.find(fmt::format("| `{}` |", operation.name));
        ASSERT_NE(row, std::string::npos) << operation.name;
        const std::string line = readme.substr(row, readme.find('\n', row) - row);
        for (const ParameterSpec& parameter : operation.parameters)
            EXPECT_THAT(line, HasSubstr(fmt::format("`{}`", parameter.name))) << operation.name;
    }
}

TEST_F(ControlOperations, WhatIsWrongWithARequestIsNamed) {
    EXPECT_EQ(refused("no.such").code, Errc::Unsupported);
    EXPECT_THAT(refused("dossier.list", {{"stat", "held"}}).message, HasSubstr("unknown parameter \"stat\""));
    EXPECT_THAT(refused("dossier.list", {{"limit", "ten"}}).message,
                HasSubstr("\"limit\" must be a whole number"));
    EXPECT_THAT(refused("dossier.show").message, HasSubstr("\"dossier\" is required"));
    EXPECT_THAT(refused("dossier.retry", {{"dossier", testId(1)}, {"reason", ""}}).message,
                HasSubstr("\"reason\" is required"));
    EXPECT_THAT(refused("dossier.list", {{"state", "asleep"}}).advice, HasSubstr("quarantined"));
    EXPECT_EQ(refused("dossier.list", {{"limit", 501}}).code, Errc::Invalid);
    EXPECT_EQ(refused("dossier.show", {{"dossier", testId(1)}}).code, Errc::NotFound);
}

TEST_F(ControlOperations, AListIsNewestFirstFilteredAndPaged) {
    for (std::uint64_t number = 1; number <= 5; ++number)
        add(number, number % 2 == 0 ? DossierState::Held : DossierState::Waiting,
            [&](DossierRow& row, BranchRow&) {
                row.createdMs = static_cast<std::int64_t>(number) * 1'000;
                row.type = number == 3 ? "X" : "D";
                row.source.name = fmt::format("Contract-{}.pdf", number);
            });
    EXPECT_THAT(idsOf(ask("dossier.list").value()),
                ElementsAre(testId(5), testId(4), testId(3), testId(2), testId(1)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"state", "held"}}).value()), ElementsAre(testId(4), testId(2)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"type", "X"}}).value()), ElementsAre(testId(3)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"text", "contract-4"}}).value()), ElementsAre(testId(4)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"since_ms", 4'000}}).value()), ElementsAre(testId(5), testId(4)));
    EXPECT_THAT(idsOf(ask("dossier.list", {{"pipeline", "other"}}).value()), ElementsAre());
    const Json first = ask("dossier.list", {{"limit", 2}}).value();
    EXPECT_THAT(idsOf(first), ElementsAre(testId(5), testId(4)));
    const Json second = ask("dossier.list", {{"limit", 2}, {"after", textOf(first, "next")}}).value();
    EXPECT_THAT(idsOf(second), ElementsAre(testId(3), testId(2)));
    const Json third = ask("dossier.list", {{"limit", 2}, {"after", textOf(second, "next")}}).value();
    EXPECT_THAT(idsOf(third), ElementsAre(testId(1)));
    EXPECT_FALSE(third.contains("next"));
}

TEST_F(ControlOperations, QuarantineListsOnlyQuarantine) {
    add(1, DossierState::Quarantined);
    add(2, DossierState::Held);
    EXPECT_THAT(idsOf(ask("quarantine.list").value()), ElementsAre(testId(1)));
}

TEST_F(ControlOperations, ShowAndExplainTellOfOneDossier) {
    const std::string id =
        add(1, DossierState::Held, [](DossierRow& row, BranchRow&) { row.reason = "key_unusable"; });
    const Json shown = ask("dossier.show", {{"dossier", id}}).value();
    EXPECT_EQ(textOf(shown["dossier"], "state"), "held");
    EXPECT_EQ(textOf(shown["branches"][0], "step"), "check");
    const Json said = ask("dossier.explain", {{"dossier", id}}).value();
    EXPECT_THAT(textOf(said, "en"), HasSubstr("the key cannot be used"));
    EXPECT_THAT(textOf(said, "fr"), HasSubstr("opérateur"));
    EXPECT_FALSE(ask("dossier.explain", {{"dossier", id}, {"language", "fr"}}).value().contains("en"));
    EXPECT_FALSE(ask("dossier.explain", {{"dossier", id}, {"language", "de"}}));
}

TEST_F(ControlOperations, AnImportIsAdmittedAsADroppedFileIs) {
    const auto file = sealedMemoryFile("test", "%PDF-1.7 content");
    const Json params = {
        {"name", "bail.pdf"},
        {"pipeline", "lease"},
        {"key", "order-9"},
        {"manifest", {{"type", "B"}, {"data", {{"rent", 800}}}, {"parties", {{{"role", "tenant"}}}}}}};
    const Json answer = ask("dossier.import", params, {file->get()}).value();
    const std::string id = textOf(answer, "dossier");
    EXPECT_TRUE(boolOf(answer, "is_new"));
    const auto row = reader_->dossier(id).value();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->type, "D") << "the manifest is read by its step, in a worker";
    EXPECT_EQ(row->plan, "plan-2");
    EXPECT_EQ(reader_->branches(id).value().at(0).step, "@manifest");
    const auto documents = reader_->documents(id).value();
    ASSERT_EQ(documents.size(), 2U);
    EXPECT_EQ(documents.at(1).slot, "@manifest");
    EXPECT_EQ(documents.at(0).mediaType, "application/pdf");
    EXPECT_EQ(spool_->readBlob(*reader_->blob(documents.at(0).blob).value(), 100).value(),
              "%PDF-1.7 content");
    EXPECT_THAT(house_.taken, ElementsAre(id));
    const Json again = ask("dossier.import", params, {file->get()}).value();
    EXPECT_FALSE(boolOf(again, "is_new"));
    EXPECT_EQ(textOf(again, "dossier"), id) << "the same key, the same dossier";
    EXPECT_EQ(house_.taken.size(), 1U);
}

TEST_F(ControlOperations, ADocumentGoesIntoTheClientsFile) {
    const auto file = sealedMemoryFile("test", "%PDF-1.7 content");
    const Json made =
        ask("dossier.import", {{"name", "a.pdf"}, {"pipeline", "lease"}}, {file->get()}).value();
    const std::string dossier = textOf(made, "dossier");
    const std::string document = reader_->documents(dossier).value().at(0).id;
    const Json wanted = {{"dossier", dossier}, {"document", document}};
    const auto target = memoryFile("target");
    const Json answer = ask("dossier.fetch", wanted, {target->get()}).value();
    EXPECT_EQ(textOf(answer, "sha256"), textOf(made, "sha256"));
    ASSERT_EQ(lseek(target->get(), 0, SEEK_SET), 0);
    EXPECT_EQ(readAll(target->get(), 100).value(), "%PDF-1.7 content");

    EXPECT_EQ(ask("dossier.fetch", wanted, {target->get()}).error().code, Errc::Invalid)
        << "not empty any more";
    EXPECT_EQ(ask("dossier.fetch", wanted).error().code, Errc::Invalid) << "no descriptor";
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    EXPECT_EQ(ask("dossier.fetch", wanted, {writing.get()}).error().code, Errc::Invalid) << "would block";
    const UniqueFd readOnly(open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(ask("dossier.fetch", wanted, {readOnly.get()}).error().code, Errc::Invalid);
    const auto empty = memoryFile("target");
    EXPECT_EQ(
        ask("dossier.fetch", {{"dossier", dossier}, {"document", "other"}}, {empty->get()}).error().code,
        Errc::NotFound);
    EXPECT_EQ(
        ask("dossier.fetch", {{"dossier", "none"}, {"document", document}}, {empty->get()}).error().code,
        Errc::NotFound);
}

TEST_F(ControlOperations, AnImportThatCannotBeIsRefused) {
    const auto file = sealedMemoryFile("test", "content");
    const auto empty = sealedMemoryFile("test", "");
    const auto large = sealedMemoryFile("test", std::string((1U << 20U) + 1, 'x'));
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    const Json good = {{"name", "a.pdf"}, {"pipeline", "lease"}};
    EXPECT_FALSE(ask("dossier.import", good)) << "no descriptor";
    EXPECT_FALSE(ask("dossier.import", good, {empty->get()}));
    EXPECT_FALSE(ask("dossier.import", good, {large->get()})) << "larger than settings.max_mebibytes";
    EXPECT_FALSE(ask("dossier.import", good, {reading.get()})) << "a pipe would block";
    EXPECT_FALSE(ask("dossier.import", {{"name", "../a.pdf"}, {"pipeline", "lease"}}, {file->get()}));
    EXPECT_EQ(ask("dossier.import", {{"name", "a.pdf"}, {"pipeline", "none"}}, {file->get()}).error().code,
              Errc::NotFound);
    EXPECT_TRUE(reader_->dossiers({}).value().empty());
}

TEST_F(ControlOperations, AReloadCarriesWhatIsWrong) {
    EXPECT_TRUE(boolOf(ask("reload").value(), "is_accepted"));
    house_.reloadIsGood = false;
    const Json answer = ask("reload").value();
    EXPECT_FALSE(boolOf(answer, "is_accepted"));
    EXPECT_EQ(numberOf(answer["diagnostics"][0], "line"), 3);
    EXPECT_EQ(actor().rfind("operator:", 0), 0U);
}

TEST_F(ControlOperations, TheShapeIsATreeWithWhatStandsWhere) {
    add(1, DossierState::Held);
    add(2, DossierState::Waiting, [](DossierRow&, BranchRow& branch) { branch.step = "gone"; });
    const Json shape = ask("shape").value();
    const Json& step = shape["pipelines"][0]["steps"][0];
    EXPECT_EQ(textOf(step, "id"), "check");
    EXPECT_EQ(numberOf(step["counts"], "held"), 1);
    EXPECT_EQ(numberOf(step, "oldest_ms"), 1'700'000'000'000);
    EXPECT_EQ(textOf(shape["elsewhere"][0], "step"), "gone") << "a step of an earlier plan";
}

TEST_F(ControlOperations, TheConfigurationIsShownWithItsOrigin) {
    const Json value = ask("config.show").value()["values"][0];
    EXPECT_EQ(value,
              Json({{"path", "settings.spool"}, {"value", "/var"}, {"file", "greffe.lua"}, {"line", 3}}));
}

TEST_F(ControlOperations, ABackupReportsAndIsNotedInTheAuditLog) {
    add(1, DossierState::Held);
    bool hasReported = false;
    const auto made =
        client_->ask("backup", {{"directory", folder_.path() + "/backup"}}, {}, [&](const Json& progress) {
            hasReported = progress.contains("phase") && progress.contains("total_bytes");
        });
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(hasReported);
    EXPECT_EQ(numberOf(*made, "dossiers"), 1);
    EXPECT_EQ(reader_->audit("", 0, 100).value().back().action, "backup made");
    EXPECT_EQ(refused("backup", {{"directory", "relative"}}).code, Errc::Invalid);
}

TEST_F(ControlOperations, AWholeAuditChainIsWhole) {
    add(1, DossierState::Held);
    ASSERT_TRUE(ask("dossier.retry", {{"dossier", testId(1)}, {"reason", "x"}}));
    EXPECT_TRUE(boolOf(ask("audit.verify").value(), "is_whole"));
}

TEST_F(ControlOperations, MetricsAreText) {
    EXPECT_THAT(textOf(ask("metrics").value(), "text"), HasSubstr("# EOF"));
}

}  // namespace
}  // namespace greffe
