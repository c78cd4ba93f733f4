// SPDX-License-Identifier: Apache-2.0
#include "member_list.h"

#include "container/media_type.h"
#include "container/utf8.h"

#include <nlohmann/json.hpp>

namespace greffe::document_archive {

using container::Check;

nlohmann::json toJson(const MemberRecord& record) {
    nlohmann::json json = {
        {"size_bytes", record.sizeBytes}, {"sha256", record.sha256Hex}, {"media_type", record.mediaType}};
    if (container::isUtf8(record.name))
        json["name"] = record.name;
    else
        json["name_hex"] = container::toHex(record.name);
    return json;
}

Check MemberList::begin(const container::Member& member) {
    records_.emplace_back();
    records_.back().name = member.name;
    head_.clear();
    isOpen_ = false;
    return {};
}

Check MemberList::open() {
    MemberRecord& record = records_.back();
    isOpen_ = true;
    record.mediaType = container::sniffMediaType(head_);
    if (container::isArchiveType(record.mediaType) && nestedArchives_++ == 0)
        firstNested_ = container::displayName(record.name);
    if (Check no = opened(record)) return no;
    return head_.empty() ? Check() : took(head_);
}

Check MemberList::bytes(std::string_view chunk) {
    records_.back().sizeBytes += chunk.size();
    sum_.update(chunk);
    if (!isOpen_) {
        const std::string_view start = chunk.substr(0, container::kSniffBytes - head_.size());
        head_ += start;
        chunk.remove_prefix(start.size());
        if (head_.size() < container::kSniffBytes) return {};
        if (Check no = open()) return no;
    }
    return chunk.empty() ? Check() : took(chunk);
}

Check MemberList::end() {
    if (!isOpen_)
        if (Check no = open()) return no;
    records_.back().sha256Hex = sum_.takeHex();
    return {};
}

Check MemberList::refuseNested() const {
    if (nestedArchives_ == 0) return {};
    return container::unsafe("member \"" + firstNested_ + "\" is an archive itself; one level is read");
}

}  // namespace greffe::document_archive
