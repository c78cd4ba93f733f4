// SPDX-License-Identifier: Apache-2.0
#include "intake/slot_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kPdf = "application/pdf";
const std::vector<SlotRule> kLease = {
    {"lease", true, false, {kPdf}}, {"identity", true, true, {}}, {"plan", false, false, {}}};

SlotMapping map(const std::vector<NamedFile>& files,
                const std::map<std::string, std::vector<std::string>>& given = {}) {
    return mapToSlots(kLease, files, given, NamedBy::Manifest);
}

TEST(SlotMapping, AFileCalledLikeASlotGoesThere) {
    const SlotMapping mapping =
        map({{"sub/Lease.PDF", kPdf}, {"identity-1.jpg", "image/jpeg"}, {"identity_2.jpg", "image/jpeg"}});
    EXPECT_EQ(mapping.problem, "");
    EXPECT_THAT(mapping.slots, ElementsAre("lease", "identity", "identity"));
}

TEST(SlotMapping, TheManifestWinsOverTheName) {
    const SlotMapping mapping = map({{"identity.pdf", kPdf}, {"lease.pdf", kPdf}},
                                    {{"lease", {"identity.pdf"}}, {"identity", {"lease.pdf"}}});
    EXPECT_EQ(mapping.problem, "");
    EXPECT_THAT(mapping.slots, ElementsAre("lease", "identity"));
}

TEST(SlotMapping, OneFileThatIsLeftGoesToTheFirstMandatorySlot) {
    EXPECT_THAT(map({{"bail.pdf", kPdf}, {"identity.png", "image/png"}}).slots,
                ElementsAre("lease", "identity"));
    EXPECT_THAT(map({{"lease.pdf", kPdf}, {"carte.png", "image/png"}}).slots,
                ElementsAre("lease", "identity"))
        << "the first that is empty and accepts it";
    EXPECT_THAT(mapToSlots({}, {{"any thing.bin", "x/y"}}, {}, NamedBy::FileName).slots,
                ElementsAre("document"));
}

TEST(SlotMapping, NothingIsGuessed) {
    EXPECT_THAT(map({{"a.pdf", kPdf}, {"b.pdf", kPdf}}).problem,
                HasSubstr("no place for \"a.pdf\", \"b.pdf\""));
    EXPECT_THAT(map({{"lease.pdf", kPdf}, {"identity.pdf", kPdf}, {"notes.txt", "text/plain"}}).problem,
                HasSubstr("no place for \"notes.txt\""))
        << "an optional slot takes nothing that is not called like it";
    EXPECT_THAT(mapToSlots({}, {{"a", ""}, {"b", ""}}, {}, NamedBy::FileName).problem, HasSubstr("no place"));
}

TEST(SlotMapping, SaysWhatDoesNotFit) {
    EXPECT_THAT(map({{"lease.pdf", kPdf}}).problem, HasSubstr("the document \"identity\" is missing"));
    EXPECT_THAT(map({{"lease.docx", "application/zip"}, {"identity.pdf", kPdf}}).problem,
                HasSubstr("\"lease.docx\" is application/zip, which \"lease\" does not accept"));
    EXPECT_THAT(map({{"a/lease.pdf", kPdf}, {"b/lease.pdf", kPdf}}).problem,
                HasSubstr("is a second document \"lease\""));
    EXPECT_THAT(map({{"lease.pdf", kPdf}}, {{"lease", {"bail.pdf"}}}).problem,
                HasSubstr("names \"bail.pdf\", which is not there"));
    EXPECT_THAT(map({{"x.pdf", kPdf}}, {{"identity", {"x.pdf", "x.pdf"}}}).problem, HasSubstr("twice"));
    EXPECT_THAT(map({{"a/x.pdf", kPdf}, {"b/x.pdf", kPdf}}, {{"lease", {"x.pdf"}}}).problem,
                HasSubstr("not there"))
        << "two files are called so: which one is a guess";
    EXPECT_THAT(map({{"x\n.pdf", kPdf}, {"y.pdf", kPdf}}).problem, HasSubstr("x\\x0a.pdf"))
        << "names are data";
}

TEST(SlotMapping, AFileAloneIsADossierOnlyWhenNothingIsMissing) {
    const std::vector<SlotRule> photo = {{"photo", false, false, {"image/*"}}};
    const auto alone = [](const std::vector<SlotRule>& rules, const NamedFile& file) {
        return mapToSlots(rules, {file}, {}, NamedBy::FileName);
    };
    EXPECT_THAT(alone({}, {"x.pdf", kPdf}).slots, ElementsAre("document"));
    EXPECT_THAT(alone(kLease, {"x.pdf", kPdf}).problem, HasSubstr("the document \"identity\" is missing"));
    EXPECT_THAT(alone(kLease, {"identity.pdf", kPdf}).problem,
                HasSubstr("the document \"lease\" is missing"));
    EXPECT_THAT(alone(photo, {"IMG_1.png", "image/png"}).slots, ElementsAre("photo"));
    EXPECT_THAT(alone(photo, {"x.pdf", kPdf}).problem,
                HasSubstr("\"x.pdf\" is application/pdf, which \"photo\" does not accept"));
    EXPECT_THAT(alone({{"photo", false, false, {}}, {"plan", false, false, {}}}, {"x.pdf", kPdf}).problem,
                HasSubstr("call the files so"))
        << "two places, and nothing says which";
}

TEST(SlotMapping, AManifestIsNamedOnlyWhereOneIsRead) {
    const std::vector<NamedFile> files = {{"a.pdf", kPdf}, {"b.pdf", kPdf}};
    EXPECT_THAT(mapToSlots(kLease, files, {}, NamedBy::Manifest).problem, HasSubstr("manifest.json"));
    EXPECT_THAT(mapToSlots(kLease, files, {}, NamedBy::FileName).problem,
                testing::Not(HasSubstr("manifest.json")));
}

}  // namespace
}  // namespace greffe
