// SPDX-License-Identifier: Apache-2.0
// Whatever two readers of a zip could read differently is refused.
#include "container/zip_directory.h"

#include "container/archive_reader.h"
#include "unit/plugins/raw_zip.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using container::Check;
using container::Limits;
using container::ZipDirectory;
using ::testing::HasSubstr;

RawZip twoMembers() {
    RawZip zip;
    zip.members.push_back({"a.txt", "first"});
    zip.members.push_back({"b.txt", "second"});
    return zip;
}

Check check(const std::string& bytes, const Limits& limits = {}) {
    ZipDirectory directory;
    return container::readZipDirectory(bytes, limits, directory);
}

// The reason, or "" when the archive is taken.
std::string refusalOf(const RawZip& zip, const Limits& limits = {}) {
    const Check no = check(zip.build(), limits);
    return no ? std::string(reasonCode(no->reason)) + ": " + no->text : "";
}

TEST(ZipDirectory, TakesAPlainZip) {
    const std::string bytes = twoMembers().build();
    ZipDirectory directory;
    ASSERT_FALSE(container::readZipDirectory(bytes, {}, directory));
    ASSERT_EQ(directory.entries.size(), 2U);
    EXPECT_EQ(directory.entries[1].name, "b.txt");
    EXPECT_EQ(directory.entries[1].sizeBytes, 6U);
}

struct Trick {
    const char* name;
    std::function<void(RawZip&)> play;
    const char* refusal;
};

void PrintTo(const Trick& trick, std::ostream* out) {
    *out << trick.name;
}

std::string secondName(const std::string& otherName, const std::string& name) {
    std::string field(1, '\1');
    container::put32(field, static_cast<std::uint32_t>(
                                crc32_z(0, reinterpret_cast<const Bytef*>(name.data()), name.size())));
    field += otherName;
    std::string extra;
    container::put16(extra, container::kExtraUnicodeName);
    container::put16(extra, field.size());
    return extra + field;
}

const Trick kTricks[] = {
    {"OtherNameInHeader", [](RawZip& z) { z.members[0].localName = "c.txt"; }, "another name"},
    {"OtherSizeInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set32(r, 22, 4); }; }, "another size"},
    {"OtherPackedSizeInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set32(r, 18, 4); }; }, "another size"},
    {"OtherChecksumInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set32(r, 14, 4); }; },
     "another checksum"},
    {"OtherMethodInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set16(r, 8, 8); }; },
     "another compression"},
    {"OtherFlagsInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set16(r, 6, 0x800); }; }, "other flags"},
    {"OtherTimeInHeader",
     [](RawZip& z) { z.members[0].changeLocal = [](std::string& r) { set32(r, 10, 1); }; }, "another time"},
    {"NoHeaderThere", [](RawZip& z) { z.members[1].changeLocal = [](std::string& r) { r[0] = 'Q'; }; },
     "no header where"},
    {"HeaderOutside",
     [](RawZip& z) { z.members[1].changeCentral = [](std::string& r) { set32(r, 42, 0x7fffffff); }; },
     "belong to no member"},
    {"Overlap", [](RawZip& z) { z.members[1].changeCentral = [](std::string& r) { set32(r, 42, 0); }; },
     "overlaps"},
    {"BytesBetween", [](RawZip& z) { z.members[1].before = "hidden"; }, "6 bytes before member \"b.txt\""},
    {"BytesBeforeDirectory", [](RawZip& z) { z.beforeDirectory = "hidden"; }, "6 bytes before the directory"},
    {"BytesBeforeAll", [](RawZip& z) { z.members[0].before = "#!/bin/sh"; }, "belong to no member"},
    {"BytesBehind", [](RawZip& z) { z.behind = "x"; }, "bytes were added"},
    {"CountTooLow", [](RawZip& z) { z.changeEnd = [](std::string& r) { set16(r, 8, 1), set16(r, 10, 1); }; },
     "more members than it counts"},
    {"CountTooHigh", [](RawZip& z) { z.changeEnd = [](std::string& r) { set16(r, 8, 3), set16(r, 10, 3); }; },
     "malformed"},
    {"TwoCounts", [](RawZip& z) { z.changeEnd = [](std::string& r) { set16(r, 8, 1); }; }, "one part"},
    {"DirectoryElsewhere", [](RawZip& z) { z.changeEnd = [](std::string& r) { set32(r, 16, 1); }; },
     "not where its end says"},
    {"SecondDirectoryInComment", [](RawZip& z) { z.comment = RawZip().build(); }, "two directories"},
    {"Encrypted", [](RawZip& z) { z.members[0].flags = 1; }, "encrypted: member \"a.txt\""},
    {"StrongEncryption", [](RawZip& z) { z.members[0].flags = 0x41; }, "encrypted"},
    {"MaskedHeaders", [](RawZip& z) { z.members[0].flags = 0x2000; }, "encrypted"},
    {"Deflate64", [](RawZip& z) { z.members[0].method = 9; }, "not_accepted: member \"a.txt\""},
    {"Link", [](RawZip& z) { z.members[0].attributes = 0120777U << 16U; }, "is a link"},
    {"Device", [](RawZip& z) { z.members[0].attributes = 0020666U << 16U; }, "device"},
    {"Pipe", [](RawZip& z) { z.members[0].attributes = 0010666U << 16U; }, "pipe"},
    {"FolderByAttribute", [](RawZip& z) { z.members[0].attributes = 0040755U << 16U; }, "folder to some"},
    {"FolderByDosAttribute", [](RawZip& z) { z.members[0].madeOn = 0, z.members[0].attributes = 0x10; },
     "folder to some"},
    {"FolderWithBytes",
     [](RawZip& z) { z.members[0].name = "a/", z.members[0].attributes = 0040755U << 16U; },
     "folder with bytes"},
    {"NotTheUtf8ItSays", [](RawZip& z) { z.members[0].name = "\xe9.txt", z.members[0].flags = 0x800; },
     "not the UTF-8"},
    {"SecondNameClimbs", [](RawZip& z) { z.members[0].centralExtra = secondName("../../evil", "a.txt"); },
     "climbs out"},
    {"NoDescriptor", [](RawZip& z) { z.members[0].flags = 8; }, "other sizes behind"},
    {"Zip64SizeMissing",
     [](RawZip& z) { z.members[0].changeCentral = [](std::string& r) { set32(r, 24, 0xffffffff); }; },
     "another part"},
    {"SameName", [](RawZip& z) { z.members[1].name = "a.txt"; }, "same name"},
    {"SameNameInCapitals", [](RawZip& z) { z.members[1].name = "A.TXT"; }, "same name"},
    {"SameNameByDots", [](RawZip& z) { z.members[1].name = "./a.txt"; }, "same name"},
    {"FileAndFolder", [](RawZip& z) { z.members[1].name = "A.txt/b"; }, "is a file and the folder"},
};

class ZipTricks : public ::testing::TestWithParam<Trick> {};

TEST_P(ZipTricks, AreRefused) {
    RawZip zip = twoMembers();
    GetParam().play(zip);
    EXPECT_THAT(refusalOf(zip), HasSubstr(GetParam().refusal));
}
INSTANTIATE_TEST_SUITE_P(All, ZipTricks, ::testing::ValuesIn(kTricks),
                         [](const auto& test) { return test.param.name; });

TEST(ZipDirectory, TakesEveryFormOfDescriptor) {
    for (const bool hasSignature : {true, false})
        for (const bool isWide : {true, false}) {
            RawZip zip = twoMembers();
            for (RawMember& member : zip.members) {
                member.flags = container::kFlagDescriptor;
                if (hasSignature) container::put32(member.descriptor, container::kDescriptorSignature);
                container::put32(
                    member.descriptor,
                    crc32_z(0, reinterpret_cast<const Bytef*>(member.bytes.data()), member.bytes.size()));
                for (int i = 0; i < 2; ++i)
                    isWide ? container::put64(member.descriptor, member.bytes.size())
                           : container::put32(member.descriptor, member.bytes.size());
            }
            EXPECT_EQ(refusalOf(zip), "") << hasSignature << isWide;
            zip.members[1].descriptor.back() = 'x';
            EXPECT_NE(refusalOf(zip), "") << hasSignature << isWide;
        }
}

TEST(ZipDirectory, PassesOverFolders) {
    RawZip zip = twoMembers();
    zip.members.push_back({"folder/", ""});
    zip.members.back().attributes = 0040755U << 16U;
    zip.members.push_back({"folder/c.txt", "third"});
    EXPECT_EQ(refusalOf(zip), "");
}

TEST(ZipDirectory, ReadsZip64Fields) {
    RawZip zip = twoMembers();
    for (std::string* extra : {&zip.members[0].centralExtra, &zip.members[0].localExtra}) {
        container::put16(*extra, container::kExtraZip64);
        container::put16(*extra, 16);
        container::put64(*extra, 5);
        container::put64(*extra, 5);
    }
    const auto saturate = [](std::size_t at) {
        return [at](std::string& r) { set32(r, at, 0xffffffff), set32(r, at + 4, 0xffffffff); };
    };
    zip.members[0].changeLocal = saturate(18);
    zip.members[0].changeCentral = saturate(20);
    EXPECT_EQ(refusalOf(zip), "");
    zip.members[0].localExtra[4] = 6;
    EXPECT_THAT(refusalOf(zip), HasSubstr("another size"));
}

TEST(ZipDirectory, StopsAtEachLimit) {
    Limits limits;
    limits.maxEntries = 1;
    EXPECT_THAT(refusalOf(twoMembers(), limits), HasSubstr("2 entries"));
    limits = {};
    limits.maxMemberBytes = 5;
    EXPECT_THAT(refusalOf(twoMembers(), limits), HasSubstr("member \"b.txt\" has 6 bytes"));
    limits = {};
    limits.maxTotalBytes = 10;
    EXPECT_THAT(refusalOf(twoMembers(), limits), HasSubstr("together"));
    limits = {};
    limits.maxNameBytes = 4;
    EXPECT_THAT(refusalOf(twoMembers(), limits), HasSubstr("too long"));
    limits.maxNameBytes = 5;
    EXPECT_EQ(refusalOf(twoMembers(), limits), "");
}

TEST(ZipDirectory, RefusesEveryCutAndEveryPrefix) {
    const std::string whole = twoMembers().build();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_TRUE(check(whole.substr(0, size))) << size;
    for (std::size_t from = 1; from < whole.size(); ++from)
        EXPECT_TRUE(check(whole.substr(from))) << from;
}

// libarchive is the second reader; what the check takes it must read the same way.
class Collecting final : public container::MemberVisitor {
public:
    Check begin(const container::Member& member) override {
        names.emplace_back(member.name);
        texts.emplace_back();
        return {};
    }
    Check bytes(std::string_view chunk) override {
        texts.back() += chunk;
        return {};
    }
    Check end() override { return {}; }
    std::vector<std::string> names, texts;
};

TEST(ZipDirectory, AgreesWithLibarchive) {
    RawZip zip = twoMembers();
    zip.members.push_back({"__MACOSX/._a.txt", "resource"});  // merged into a.txt by libarchive on a Mac
    zip.members.push_back({"r\xc3\xa9gl\xc3\xa9.txt", "text"});
    zip.members.back().flags = container::kFlagUtf8;
    zip.members.push_back({"r\x82gl\x82.txt", "an old code page"});
    const std::string bytes = zip.build();
    container::ArchiveReader reader;
    container::ArchiveSummary summary;
    Collecting all;
    const Check no = reader.read(bytes, all, summary);
    ASSERT_FALSE(no) << no->text;
    EXPECT_EQ(summary.members, 5U);
    EXPECT_THAT(all.names, ::testing::ElementsAre("a.txt", "b.txt", "__MACOSX/._a.txt",
                                                  "r\xc3\xa9gl\xc3\xa9.txt", "r\x82gl\x82.txt"));
    EXPECT_THAT(all.texts, ::testing::ElementsAre("first", "second", "resource", "text", "an old code page"));
}

TEST(ZipDirectory, DamagedBytesAreFoundByChecksum) {
    std::string bytes = twoMembers().build();
    bytes[bytes.find("second")] = 'S';
    container::ArchiveReader reader;
    container::ArchiveSummary summary;
    Collecting all;
    const Check no = reader.read(bytes, all, summary);
    ASSERT_TRUE(no);
    EXPECT_EQ(no->reason, Reason::Malformed);
    EXPECT_THAT(no->text, HasSubstr("member \"b.txt\""));
}

}  // namespace
}  // namespace greffe
