// SPDX-License-Identifier: Apache-2.0
#include "tar_writer.h"

#include "container_digest.h"
#include "utf8.h"
#include "zip_writer.h"

#include <archive_entry.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace greffe::container {
namespace {

struct FreeEntry {
    void operator()(struct archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

TarWriter::TarWriter(const WriterSettings& settings, ByteSink& sink)
    : settings_(settings), out_(sink), archive_(archive_write_new()) {
    struct archive* const a = archive_.get();
    if (a == nullptr) throw std::bad_alloc();
    // C calls back into C++ here: nothing may be thrown through it.
    const auto write = [](struct archive*, void* self, const void* bytes, std::size_t size) -> la_ssize_t {
        auto& writer = *static_cast<TarWriter*>(self);
        try {
            if (writer.out_.write({static_cast<const char*>(bytes), size}))
                return static_cast<la_ssize_t>(size);
        } catch (const std::exception&) {
        }
        writer.isFull_ = true;
        return -1;
    };
    const bool isReady = archive_write_set_format_gnutar(a) == ARCHIVE_OK &&
                         archive_write_add_filter_zstd(a) == ARCHIVE_OK &&
                         archive_write_set_filter_option(a, "zstd", "compression-level", "3") == ARCHIVE_OK &&
                         archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
                         archive_write_open(a, this, nullptr, write, nullptr) == ARCHIVE_OK;
    if (!isReady) throw std::runtime_error("libarchive writes no tar.zst here: " + refusal().text);
}

Refusal TarWriter::refusal() const {
    if (isFull_) return {Reason::LimitExceeded, "the archive is larger than this step may write", false};
    const char* const text = archive_error_string(archive_.get());
    return {Reason::PluginFault, text != nullptr ? text : "libarchive gives no reason", false};
}

Check TarWriter::add(std::string_view name, std::string_view bytes) {
    if (name.empty() || !isUtf8(name))
        return Refusal{Reason::PluginFault, "\"" + displayName(name) + "\" is no name for a member", false};
    const std::unique_ptr<struct archive_entry, FreeEntry> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_copy_pathname(entry.get(), std::string(name).c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), settings_.modifiedUnix, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
    if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK) return refusal();
    while (!bytes.empty()) {
        const la_ssize_t taken =
            archive_write_data(archive_.get(), bytes.data(), std::min<std::size_t>(bytes.size(), 1U << 20U));
        if (taken <= 0) return refusal();
        bytes.remove_prefix(static_cast<std::size_t>(taken));
    }
    if (archive_write_finish_entry(archive_.get()) != ARCHIVE_OK) return refusal();
    return {};
}

Check TarWriter::finish() {
    if (archive_write_close(archive_.get()) != ARCHIVE_OK) return refusal();
    if (settings_.hasDigest && !out_.write(skippableFrame(digestText(out_.takeDigest())))) {
        isFull_ = true;
        return refusal();
    }
    return {};
}

std::unique_ptr<ArchiveWriter> makeArchiveWriter(const WriterSettings& settings, ByteSink& sink) {
    if (settings.kind == ArchiveKind::Zip) return std::make_unique<ZipWriter>(settings, sink);
    return std::make_unique<TarWriter>(settings, sink);
}

}  // namespace greffe::container
