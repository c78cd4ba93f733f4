// SPDX-License-Identifier: Apache-2.0
// What there is to say about each member once it was read: name, size, digest, media type.
#pragma once

#include "container/archive_reader.h"
#include "container/sha256.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::document_archive {

struct MemberRecord {
    std::string name;  // bytes
    std::string mediaType;
    std::string sha256Hex;
    std::uint64_t sizeBytes = 0;
};

// "name", or "name_hex" when it is not UTF-8; size_bytes, sha256, media_type.
nlohmann::json toJson(const MemberRecord& record);

// Reads every member to its end and keeps a record of each. What else is to be done with the bytes, a derived
// class does in opened() and took().
class MemberList : public container::MemberVisitor {
public:
    container::Check begin(const container::Member& member) override;
    container::Check bytes(std::string_view chunk) override;
    container::Check end() override;

    const std::vector<MemberRecord>& records() const { return records_; }
    std::uint32_t nestedArchives() const { return nestedArchives_; }
    // ArchiveUnsafe naming the first archive inside the archive; nothing when there is none.
    container::Check refuseNested() const;

protected:
    ~MemberList() = default;
    // The member's media type is known; called before its first bytes are handed on.
    virtual container::Check opened(const MemberRecord&) { return {}; }
    virtual container::Check took(std::string_view) { return {}; }

private:
    container::Check open();

    std::vector<MemberRecord> records_;
    std::uint32_t nestedArchives_ = 0;
    std::string firstNested_;
    container::Sha256 sum_;
    std::string head_;  // first bytes, until there are enough to tell what they are
    bool isOpen_ = false;
};

}  // namespace greffe::document_archive
