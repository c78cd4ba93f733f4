// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/downloads.h"

#include "support/pdf_builder.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <set>
#include <stdexcept>

namespace greffe::simulators {
namespace {

constexpr std::size_t kLettersOfALine = 100;

la_ssize_t appendToText(archive*, void* text, const void* bytes, std::size_t size) {
    static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

std::string uniqueName(std::set<std::string>& used, const std::string& name) {
    std::string unique = name;
    for (int i = 2; !used.insert(unique).second; ++i)
        unique = std::to_string(i) + "-" + name;
    return unique;
}

// ASCII of a standard font; the JSON beside it has the exact text.
std::string plainLine(const std::string& line) {
    std::string text;
    for (const char c : line) {
        if (c == '(' || c == ')' || c == '\\') text += '\\';
        text += c >= ' ' && c <= '~' ? c : '?';
    }
    return text.substr(0, kLettersOfALine);
}

}  // namespace

std::string zipOf(const std::vector<std::pair<std::string, std::string>>& members) {
    std::string zip;
    const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
    archive_write_set_format_zip(writer.get());
    archive_write_set_options(writer.get(), "zip:compression=store");
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    if (archive_write_open(writer.get(), &zip, nullptr, appendToText, nullptr) != ARCHIVE_OK)
        throw std::runtime_error("cannot write a ZIP archive");
    std::set<std::string> used;
    for (const auto& [name, bytes] : members) {
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                             archive_entry_free);
        archive_entry_set_pathname(entry.get(), uniqueName(used, name).c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
        archive_write_header(writer.get(), entry.get());
        archive_write_data(writer.get(), bytes.data(), bytes.size());
    }
    archive_write_close(writer.get());
    return zip;
}

std::string auditTrailPdf(const std::vector<Json>& trails) {
    std::string content = "BT /F 8 Tf 11 TL 40 800 Td (SIMULATION - AUDIT TRAIL) Tj T*";
    for (const Json& trail : trails) {
        const std::string text = prettyJson(trail);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            content += " T* (" + plainLine(text.substr(at, end - at)) + ") Tj";
            at = end + 1;
        }
    }
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(
        3,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F<</Type/Font/Subtype/Type1"
        "/BaseFont/Courier>>>>>>/Contents 4 0 R>>");
    builder.setStream(4, "", content + " ET");
    return builder.build();
}

}  // namespace greffe::simulators
