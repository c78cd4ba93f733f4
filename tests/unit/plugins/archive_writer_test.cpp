// SPDX-License-Identifier: Apache-2.0
// The same bytes everywhere, and every other program reads them.
#include "container/archive_writer.h"

#include "container/archive_reader.h"
#include "container/container_digest.h"
#include "container/zip_directory.h"
#include "support/temporary_directory.h"
#include "unit/plugins/archive_calls.h"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <ctime>

namespace greffe {
namespace {

using container::ArchiveKind;
using container::Check;
using container::DigestState;
using container::Packing;
using container::WriterSettings;

const std::string kPdf = "%PDF-1.7\n" + std::string(5'000, 'p') + "\n%%EOF\n";
const std::string kNoise = [] {
    std::string noise;
    for (unsigned seed = 7; noise.size() < 3'000; seed = seed * 1'103'515'245 + 12'345)
        noise += static_cast<char>(seed >> 16U);
    return noise;
}();
constexpr const char* kAccents =
    "originals/r\xc3\xa9gl\xc3\xa9 d\xc3\xa9"
    "finitif.pdf";

std::string write(const WriterSettings& settings) {
    sdk::StringSink sink;
    const auto writer = container::makeArchiveWriter(settings, sink);
    EXPECT_FALSE(writer->add(kAccents, kPdf));
    EXPECT_FALSE(writer->add("noise.bin", kNoise));
    EXPECT_FALSE(writer->add("empty", ""));
    EXPECT_FALSE(writer->finish());
    return sink.text();
}

WriterSettings settingsFor(ArchiveKind kind, Packing packing = Packing::Stored) {
    WriterSettings settings;
    settings.kind = kind;
    settings.packing = packing;
    settings.modifiedUnix = 1'790'000'000;
    settings.hasDigest = true;
    return settings;
}

const WriterSettings kForms[] = {settingsFor(ArchiveKind::Zip),
                                 settingsFor(ArchiveKind::Zip, Packing::Deflated),
                                 settingsFor(ArchiveKind::TarZstd)};

class Counting final : public container::MemberVisitor {
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

TEST(ArchiveWriter, IsReadBack) {
    for (const WriterSettings& settings : kForms) {
        const std::string bytes = write(settings);
        container::ArchiveReader reader;
        container::ArchiveSummary summary;
        Counting all;
        const Check no = reader.read(bytes, all, summary);
        ASSERT_FALSE(no) << no->text;
        EXPECT_EQ(summary.kind, settings.kind);
        EXPECT_THAT(all.names, ::testing::ElementsAre(kAccents, "noise.bin", "empty"));
        EXPECT_THAT(all.texts, ::testing::ElementsAre(kPdf, kNoise, ""));
        EXPECT_EQ(container::checkContainerDigest(bytes, settings.kind), DigestState::Matches);
    }
    EXPECT_LT(write(kForms[1]).size(), write(kForms[0]).size() - 4'000);
}

// libarchive's own zip writer gave three files here.
TEST(ArchiveWriter, WritesTheSameInEveryZoneAndLocale) {
    for (const WriterSettings& settings : kForms) {
        const std::string here = write(settings);
        for (const char* const zone : {"UTC", "Europe/Paris", "America/Los_Angeles"})
            for (const char* const locale : {"C", "C.UTF-8"}) {
                setenv("TZ", zone, 1);
                tzset();
                ASSERT_NE(std::setlocale(LC_ALL, locale), nullptr);
                EXPECT_EQ(write(settings), here) << zone << locale;
            }
        std::setlocale(LC_ALL, "C");
        unsetenv("TZ");
        tzset();
    }
}

TEST(ArchiveWriter, ADigestSeesEveryFlippedBit) {
    for (const WriterSettings& settings : kForms) {
        const std::string bytes = write(settings);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
            ASSERT_NE(container::checkContainerDigest(damaged, settings.kind), DigestState::Matches) << at;
        }
    }
}

// The bytes of kept dossiers are a promise: whoever changes them has to change the format's version.
TEST(ArchiveWriter, FormatOneStaysAsItIs) {
    sdk::StringSink sink;
    WriterSettings settings = settingsFor(ArchiveKind::Zip);
    const auto writer = container::makeArchiveWriter(settings, sink);
    ASSERT_FALSE(writer->add("a.txt", "hello"));
    ASSERT_FALSE(writer->add("\xc3\xa9", "x"));
    ASSERT_FALSE(writer->finish());
    EXPECT_EQ(sink.text().substr(sink.text().size() - container::kDigestTextBytes),
              "greffe sha256=4bcf9fd18b9fd732931d0046f80b7fd30dbfbeabe18b28f0369145b4ff0ca5e3");
}

TEST(ArchiveWriter, RefusesWhenTheSinkIsFull) {
    class Full final : public ByteSink {
    public:
        bool write(Slice bytes) noexcept override { return (taken_ += bytes.size) < 2'000; }

    private:
        std::size_t taken_ = 0;
    };
    for (const WriterSettings& settings : kForms) {
        Full sink;
        const auto writer = container::makeArchiveWriter(settings, sink);
        Check no = writer->add("noise.bin", kNoise);
        if (!no) no = writer->finish();
        ASSERT_TRUE(no);
        EXPECT_EQ(no->reason, Reason::LimitExceeded);
    }
}

TEST(ArchiveWriter, KeepsTimesInWhatAZipCanSay) {
    for (const std::int64_t time : {std::int64_t{-5}, std::int64_t{0}, std::int64_t{1} << 40}) {
        WriterSettings settings = settingsFor(ArchiveKind::Zip);
        settings.modifiedUnix = time;
        container::ZipDirectory directory;
        const std::string bytes = write(settings);
        ASSERT_FALSE(container::readZipDirectory(bytes, {}, directory));
        EXPECT_EQ(directory.entries[0].dosTime, time > 0 ? 0xff9fbf7dU : 0x00210000U);
    }
}

TEST(ArchiveWriter, Writes70000MembersAsZip64) {
    sdk::StringSink sink;
    const auto writer = container::makeArchiveWriter(settingsFor(ArchiveKind::Zip), sink);
    for (int i = 0; i < 70'000; ++i)
        ASSERT_FALSE(writer->add("m" + std::to_string(i), "x"));
    ASSERT_FALSE(writer->finish());
    container::Limits limits;
    limits.maxEntries = 100'000;
    container::ZipDirectory directory;
    const Check no = container::readZipDirectory(sink.text(), limits, directory);
    ASSERT_FALSE(no) << no->text;
    EXPECT_TRUE(directory.isZip64);
    EXPECT_EQ(directory.entries.size(), 70'000U);
    EXPECT_TRUE(container::readZipDirectory(sink.text(), {}, directory));  // 10,000 are enough by default
}

// Takes a stream into a file in which zeros take no room.
class SparseFile final : public ByteSink {
public:
    explicit SparseFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {}
    ~SparseFile() { close(); }
    bool write(Slice bytes) noexcept override {
        std::string_view rest = bytes;
        while (!rest.empty()) {
            const std::string_view piece = rest.substr(0, 1U << 20U);
            const bool isZero = piece.size() == 1U << 20U && piece.front() == '\0' &&
                                std::memcmp(piece.data(), piece.data() + 1, piece.size() - 1) == 0;
            if (isZero ? fseeko(file_, static_cast<off_t>(piece.size()), SEEK_CUR) != 0
                       : std::fwrite(piece.data(), 1, piece.size(), file_) != piece.size())
                return false;
            rest.remove_prefix(piece.size());
        }
        return true;
    }
    void close() {
        if (file_ != nullptr) std::fclose(file_);
        file_ = nullptr;
    }

private:
    std::FILE* file_;
};

// A member and an offset beyond 4 GiB.
TEST(ArchiveWriter, WritesBeyondFourGibibytes) {
    constexpr std::size_t kBytes = (4ULL << 30U) + 12'345;
    void* const zeros = mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(zeros, MAP_FAILED);
    const TemporaryDirectory folder;
    const std::string path = folder.path() + "/large.zip";
    {
        SparseFile sink(path);
        const auto writer = container::makeArchiveWriter(settingsFor(ArchiveKind::Zip), sink);
        ASSERT_FALSE(writer->add("large", {static_cast<const char*>(zeros), kBytes}));
        ASSERT_FALSE(writer->add("behind.txt", "hello"));
        ASSERT_FALSE(writer->finish());
    }
    munmap(zeros, kBytes);
    EXPECT_EQ(std::system(("unzip -tqq " + path).c_str()), 0);
    EXPECT_EQ(
        std::system(("python3 -c 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert "
                     "z.read(\"behind.txt\")==b\"hello\" and z.getinfo(\"large\").file_size==4294979641' " +
                     path)
                        .c_str()),
        0);
}

bool hasTool(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

TEST(ArchiveWriter, OtherProgramsReadIt) {
    const TemporaryDirectory folder;
    const std::string zip = folder.path() + "/a.zip", deflated = folder.path() + "/b.zip",
                      tar = folder.path() + "/c.tar.zst";
    writeBytes(zip, write(kForms[0]));
    writeBytes(deflated, write(kForms[1]));
    writeBytes(tar, write(kForms[2]));
    writeBytes(folder.path() + "/expected", kPdf);
    const std::string in = "cd " + folder.path() + " && export LC_ALL=C.UTF-8 && ";
    struct Reader {
        const char *tool, *command;
    };
    const Reader readers[] = {
        {"unzip", "unzip -tqq a.zip && unzip -tqq b.zip"},
        {"unzip", "unzip -p b.zip 'originals/r*' | cmp - expected"},
        {"python3", "python3 -m zipfile -t a.zip && python3 -m zipfile -t b.zip"},
        {"bsdtar", "bsdtar -xOf a.zip 'originals/*' | cmp - expected"},
        {"bsdtar", "bsdtar -xOf c.tar.zst 'originals/*' | cmp - expected"},
        {"bsdtar", "test \"$(bsdtar -tf c.tar.zst | wc -l)\" = 3"},
        {"zstd", "zstd -tq c.tar.zst"},
        {"zstd",
         "tar --zstd -xOf c.tar.zst \"$(printf 'originals/r\\303\\251gl\\303\\251 d\\303\\251finitif.pdf')\" "
         "| cmp - expected"},
    };
    for (const Reader& reader : readers) {
        if (!hasTool(reader.tool)) continue;
        EXPECT_EQ(std::system((in + reader.command + " >/dev/null").c_str()), 0) << reader.command;
    }
}

}  // namespace
}  // namespace greffe
