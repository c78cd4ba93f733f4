// SPDX-License-Identifier: Apache-2.0
// Text on its way through a temporary file of the host: what a plugin does when a library wants a descriptor,
// or when the whole is too large for memory. Without the service the text waits in memory.
#pragma once

#include <greffe/host.h>
#include <greffe/sdk/document.h>

#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace transform_template {

class TemporaryText {
public:
    explicit TemporaryText(greffe::Host& host) {
        if (auto* files = host.service<greffe::TemporaryFileService>()) fd_ = files->open();
    }
    TemporaryText(const TemporaryText&) = delete;
    TemporaryText& operator=(const TemporaryText&) = delete;
    ~TemporaryText() {
        if (fd_ >= 0) ::close(fd_);  // the descriptor is ours (host.h)
    }

    void append(std::string_view text) {
        if (fd_ < 0) {
            memory_ += text;
            return;
        }
        while (!text.empty()) {
            const ssize_t count = ::write(fd_, text.data(), text.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0)
                throw greffe::sdk::Refusal(greffe::Reason::StorageFull, "no room for a temporary file");
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    // Hands everything appended so far to `each`, in pieces.
    template <class Each>
    void read(Each&& each) {
        if (fd_ < 0) {
            each(std::string_view(memory_));
            return;
        }
        char piece[16 * 1024];
        for (off_t at = 0;;) {
            const ssize_t count = ::pread(fd_, piece, sizeof piece, at);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0)
                throw greffe::sdk::Refusal(greffe::Reason::StorageError, "cannot read a temporary file");
            if (count == 0) return;
            each(std::string_view(piece, static_cast<std::size_t>(count)));
            at += count;
        }
    }

private:
    int fd_ = -1;
    std::string memory_;
};

}  // namespace transform_template
