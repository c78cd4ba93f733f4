// SPDX-License-Identifier: Apache-2.0
// Zip files as an attacker writes them: every field of both accounts of a member can be set.
#pragma once

#include "container/zip_format.h"

#include <zlib.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct RawMember {
    std::string name, bytes;
    std::uint16_t flags = 0, method = 0;
    std::uint32_t attributes = 0100644U << 16U;
    std::uint8_t madeOn = 3;
    std::string localName = {};  // empty: as name
    std::string centralExtra = {}, localExtra = {}, descriptor = {}, before = {};
    // The last word on the records, before they are written.
    std::function<void(std::string&)> changeLocal = {}, changeCentral = {};
};

inline void set32(std::string& record, std::size_t at, std::uint32_t value) {
    std::string field;
    container::put32(field, value);
    record.replace(at, 4, field);
}
inline void set16(std::string& record, std::size_t at, std::uint16_t value) {
    std::string field;
    container::put16(field, value);
    record.replace(at, 2, field);
}

struct RawZip {
    std::vector<RawMember> members;
    std::string comment, beforeDirectory, behind;
    std::function<void(std::string&)> changeEnd;

    std::string build() const {
        using container::put16;
        using container::put32;
        std::string file, directory;
        for (const RawMember& member : members) {
            file += member.before;
            const auto crc = static_cast<std::uint32_t>(
                crc32_z(0, reinterpret_cast<const Bytef*>(member.bytes.data()), member.bytes.size()));
            const std::size_t offset = file.size();
            const std::string& localName = member.localName.empty() ? member.name : member.localName;
            std::string shared;
            put16(shared, 20);
            put16(shared, member.flags);
            put16(shared, member.method);
            put32(shared, 0x5a210000);
            std::string sizes;
            put32(sizes, crc);
            put32(sizes, member.bytes.size());
            put32(sizes, member.bytes.size());
            std::string local;
            put32(local, container::kLocalSignature);
            local += shared;
            local += (member.flags & container::kFlagDescriptor) != 0 ? std::string(12, '\0') : sizes;
            put16(local, localName.size());
            put16(local, member.localExtra.size());
            local += localName + member.localExtra;
            if (member.changeLocal) member.changeLocal(local);
            file += local + member.bytes + member.descriptor;

            std::string central;
            put32(central, container::kCentralSignature);
            central += static_cast<char>(20);
            central += static_cast<char>(member.madeOn);
            central += shared + sizes;
            put16(central, member.name.size());
            put16(central, member.centralExtra.size());
            put16(central, 0);
            put16(central, 0);
            put16(central, 0);
            put32(central, member.attributes);
            put32(central, offset);
            central += member.name + member.centralExtra;
            if (member.changeCentral) member.changeCentral(central);
            directory += central;
        }
        file += beforeDirectory;
        std::string end;
        put32(end, container::kEndSignature);
        put32(end, 0);
        put16(end, members.size());
        put16(end, members.size());
        put32(end, directory.size());
        put32(end, file.size());
        put16(end, comment.size());
        if (changeEnd) changeEnd(end);
        return file + directory + end + comment + behind;
    }
};

}  // namespace greffe
