// SPDX-License-Identifier: Apache-2.0
// The check of a zip's two accounts, on whatever bytes. What it takes must be true of the bytes: every entry
// inside the file, one behind the other; and libarchive must read the same members from it.
#include "container/archive_reader.h"
#include "container/zip_directory.h"

#include <cstdint>
#include <cstdlib>

namespace {

class Discarding final : public greffe::container::MemberVisitor {
public:
    greffe::container::Check begin(const greffe::container::Member&) override { return {}; }
    greffe::container::Check bytes(std::string_view) override { return {}; }
    greffe::container::Check end() override { return {}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace greffe::container;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.maxTotalBytes = limits.maxMemberBytes = 1U << 20U;
    ZipDirectory directory;
    if (readZipDirectory(bytes, limits, directory)) return 0;
    std::uint64_t end = 0;
    for (const ZipEntry& entry : directory.entries) {
        if (entry.headerOffset < end || entry.headerOffset + entry.packedBytes > size) std::abort();
        end = entry.headerOffset + entry.packedBytes;
    }
    Discarding visitor;
    ArchiveSummary summary;
    ArchiveReader reader(limits);
    if (!reader.read(bytes, visitor, summary) &&
        summary.members + summary.folders != directory.entries.size())
        std::abort();
    return 0;
}
