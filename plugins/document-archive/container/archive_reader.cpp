// SPDX-License-Identifier: Apache-2.0
#include "archive_reader.h"

#include "member_names.h"
#include "utf8.h"
#include "zip_directory.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <memory>
#include <string>

namespace greffe::container {
namespace {

struct FreeArchive {
    void operator()(struct archive* archive) const { archive_read_free(archive); }
};
using Libarchive = std::unique_ptr<struct archive, FreeArchive>;

// Names as UTF-8 while libarchive runs; the thread's own locale again behind it.
class LocaleScope {
public:
    explicit LocaleScope(locale_t locale) : before_(uselocale(locale)) {}
    ~LocaleScope() { uselocale(before_); }
    LocaleScope(const LocaleScope&) = delete;
    LocaleScope& operator=(const LocaleScope&) = delete;

private:
    locale_t before_;
};

std::string reasonOf(struct archive* archive) {
    const char* const text = archive_error_string(archive);
    return text != nullptr ? displayName(text) : "no reason given";
}

// One reading of one archive.
class Reading {
public:
    Reading(std::string_view bytes, const Limits& limits, CancelService* cancel, MemberVisitor& visitor,
            ArchiveSummary& summary)
        : bytes_(bytes),
          limits_(limits),
          cancel_(cancel),
          visitor_(visitor),
          summary_(summary),
          names_(limits) {}

    Check run() {
        if (summary_.kind == ArchiveKind::Zip) {
            if (Check no = readZipDirectory(bytes_, limits_, directory_)) return no;
            summary_.comment = directory_.comment;
            if (directory_.entries.empty()) return nothingInIt();
        }
        if (Check no = open()) return no;
        for (;;) {
            struct archive_entry* entry = nullptr;
            const int status = archive_read_next_header(archive_.get(), &entry);
            if (status == ARCHIVE_EOF) break;
            if (Check no = next(status, entry)) return no;
        }
        return finish();
    }

private:
    static Refusal nothingInIt() { return {Reason::EmptyFile, "there is no file in the archive", false}; }

    Check open() {
        archive_.reset(archive_read_new());
        if (!archive_) return Refusal{Reason::OutOfMemory, "not enough memory", false};
        struct archive* const a = archive_.get();
        int status = ARCHIVE_OK;
        switch (summary_.kind) {
            case ArchiveKind::Zip: status = archive_read_support_format_zip_seekable(a); break;
            case ArchiveKind::Tar: status = archive_read_support_format_tar(a); break;
            case ArchiveKind::TarGzip:
                status = archive_read_support_format_tar(a) | archive_read_support_filter_gzip(a);
                break;
            case ArchiveKind::TarZstd:
                status = archive_read_support_format_tar(a) | archive_read_support_filter_zstd(a);
                break;
        }
        if (status == ARCHIVE_OK) status = archive_read_open_memory(a, bytes_.data(), bytes_.size());
        if (status != ARCHIVE_OK) return malformed("the archive cannot be opened: " + reasonOf(a));
        // "gzip" inside "gzip" inside "gzip" would be a filter each.
        if (archive_filter_count(a) > 2) return unsafe("the archive is compressed more than once");
        return {};
    }

    // The entry's header; then its bytes.
    Check next(int status, struct archive_entry* entry) {
        const bool isZip = summary_.kind == ArchiveKind::Zip;
        // For a zip we go by our own directory, so a name that libarchive cannot convert does no harm.
        if (status != ARCHIVE_OK && !(isZip && status == ARCHIVE_WARN)) {
            if (summary_.members + summary_.folders == 0 && !isZip && archive_format(archive_.get()) == 0)
                return Refusal{Reason::NotAccepted, "the compressed file holds no tar archive", false};
            return malformed("the archive is damaged" + behind() + ": " + reasonOf(archive_.get()));
        }
        if (Check no = isZip ? takeZipEntry(entry) : takeTarEntry(entry)) return no;
        if (isFolder_) {
            if (summary_.folders++ == 0) summary_.firstFolder = name_;
            return {};
        }
        if (Check no = visitor_.begin({summary_.members, name_, sizeBytes_})) return no;
        if (Check no = readData()) return no;
        ++summary_.members;
        return visitor_.end();
    }

    Check takeZipEntry(struct archive_entry* entry) {
        if (zipIndex_ >= directory_.entries.size())
            return unsafe("the archive has more members than its directory lists");
        const ZipEntry& listed = directory_.entries[zipIndex_++];
        name_ = listed.name;
        sizeBytes_ = listed.sizeBytes;
        isFolder_ = listed.isDirectory;
        expectedCrc_ = listed.crc32;
        const bool isSame = archive_entry_size_is_set(entry) != 0 &&
                            archive_entry_size(entry) == static_cast<la_int64_t>(listed.sizeBytes) &&
                            archive_entry_filetype(entry) == (isFolder_ ? AE_IFDIR : AE_IFREG);
        if (!isSame) return unsafe(named() + " is not what the directory says");
        return {};
    }

    Check takeTarEntry(struct archive_entry* entry) {
        const char* const name = archive_entry_pathname(entry);
        name_ = name != nullptr ? name : "";
        isFolder_ = archive_entry_filetype(entry) == AE_IFDIR;
        if (Check no = names_.add(name_, isFolder_)) return no;
        if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) == AE_IFLNK)
            return unsafe(named() + " is a link");
        if (!isFolder_ && archive_entry_filetype(entry) != AE_IFREG)
            return unsafe(named() + " is a device or a pipe");
        if (archive_entry_sparse_count(entry) > 0) return unsafe(named() + " has holes");
        if (archive_entry_is_encrypted(entry) != 0)
            return Refusal{Reason::Encrypted, named() + " is encrypted", false};
        const la_int64_t size = archive_entry_size(entry);
        if (size < 0 || (isFolder_ && size != 0)) return unsafe(named() + " has an impossible size");
        sizeBytes_ = static_cast<std::uint64_t>(size);
        if (sizeBytes_ > limits_.maxMemberBytes)
            return unsafe(named() + " has " + std::to_string(size) + " bytes, more than a member may have");
        if (limits_.maxTotalBytes - summary_.totalBytes < sizeBytes_) return tooMuch();
        return {};
    }

    Check readData() {
        std::uint64_t done = 0;
        uLong crc = crc32(0, nullptr, 0);
        for (;;) {
            const void* chunk = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            const int status = archive_read_data_block(archive_.get(), &chunk, &size, &offset);
            if (status == ARCHIVE_EOF) break;
            if (status != ARCHIVE_OK) return malformed(named() + " is damaged: " + reasonOf(archive_.get()));
            if (size == 0) continue;  // with no pointer, which zlib takes for "start anew"
            if (static_cast<std::uint64_t>(offset) != done) return unsafe(named() + " has holes");
            if (size > sizeBytes_ - done) return unsafe(named() + " has more bytes than the archive says");
            done += size;
            if (Check no = count(size)) return no;
            if (summary_.kind == ArchiveKind::Zip) crc = crc32_z(crc, static_cast<const Bytef*>(chunk), size);
            if (Check no = visitor_.bytes({static_cast<const char*>(chunk), size})) return no;
        }
        if (done != sizeBytes_) return malformed(named() + " is shorter than the archive says");
        if (summary_.kind == ArchiveKind::Zip && crc != expectedCrc_)
            return malformed(named() + " is damaged: its checksum differs");
        return {};
    }

    // After every chunk: limits, and whether the host wants us to stop.
    Check count(std::uint64_t size) {
        summary_.totalBytes += size;
        if (summary_.totalBytes > limits_.maxTotalBytes) return tooMuch();
        if (limits_.maxRatio != 0 && summary_.totalBytes > limits_.ratioFreeBytes &&
            summary_.totalBytes / limits_.maxRatio > bytes_.size())
            return unsafe("the archive is more than " + std::to_string(limits_.maxRatio) +
                          " times larger than its packed bytes, at " + named());
        if (cancel_ != nullptr) {
            cancel_->progressed(summary_.totalBytes, 0);
            if (cancel_->isCancelled())
                return Refusal{Reason::DeadlineExceeded, "stopped while reading " + named(), true};
        }
        return {};
    }

    Check finish() {
        if (summary_.kind == ArchiveKind::Zip) {
            if (zipIndex_ == directory_.entries.size())
                return summary_.members == 0 ? Check(nothingInIt()) : Check();
            return unsafe("the archive has fewer members than its directory lists");
        }
        if (summary_.members == 0) return nothingInIt();
        return names_.finish();
    }

    Refusal tooMuch() const {
        return unsafe("the members together have more than " + std::to_string(limits_.maxTotalBytes) +
                      " bytes, at " + named());
    }
    std::string named() const { return "member \"" + displayName(name_) + "\""; }
    std::string behind() const { return name_.empty() ? std::string() : " behind " + named(); }

    std::string_view bytes_;
    const Limits& limits_;
    CancelService* cancel_;
    MemberVisitor& visitor_;
    ArchiveSummary& summary_;
    MemberNames names_;  // of a tar; a zip's were checked with its directory
    ZipDirectory directory_;
    std::size_t zipIndex_ = 0;
    Libarchive archive_;
    // The entry being read.
    std::string name_;
    std::uint64_t sizeBytes_ = 0;
    std::uint32_t expectedCrc_ = 0;
    bool isFolder_ = false;
};

}  // namespace

ArchiveReader::ArchiveReader(const Limits& limits, CancelService* cancel)
    : limits_(limits), cancel_(cancel), locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}

ArchiveReader::~ArchiveReader() {
    if (locale_ != nullptr) freelocale(locale_);
}

Check ArchiveReader::read(std::string_view archive, MemberVisitor& visitor, ArchiveSummary& summary) {
    summary = {};
    if (Check no = detectKind(archive, summary.kind)) return no;
    const LocaleScope utf8(locale_);  // a null locale asks, and changes nothing
    return Reading(archive, limits_, cancel_, visitor, summary).run();
}

}  // namespace greffe::container
