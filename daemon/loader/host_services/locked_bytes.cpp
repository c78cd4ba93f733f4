// SPDX-License-Identifier: Apache-2.0
#include "loader/host_services/locked_bytes.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace greffe {

Result<LockedBytes> LockedBytes::copyOf(std::string_view bytes) {
    // Pages of its own: locking and DONTDUMP work on whole pages, and a neighbour's free() must not undo
    // them.
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t mapped = (bytes.size() / page + 1) * page;
    void* base = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return systemError("memory for a secret", errno);
    LockedBytes held(base, mapped, bytes.size());
    if (::mlock(base, mapped) != 0)
        return systemError("cannot lock the memory of a secret", errno,
                           "raise LimitMEMLOCK of the service (ulimit -l)");
    // Best effort: an old kernel without one of them still has the lock.
    ::madvise(base, mapped, MADV_DONTDUMP);
    ::madvise(base, mapped, MADV_WIPEONFORK);
    if (!bytes.empty()) std::memcpy(base, bytes.data(), bytes.size());
    return held;
}

LockedBytes::LockedBytes(LockedBytes&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)),
      size_(std::exchange(other.size_, 0)) {}

LockedBytes& LockedBytes::operator=(LockedBytes&& other) noexcept {
    if (this != &other) {
        wipe();
        base_ = std::exchange(other.base_, nullptr);
        mapped_ = std::exchange(other.mapped_, 0);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

LockedBytes::~LockedBytes() {
    wipe();
}

void LockedBytes::wipe() noexcept {
    if (base_ == nullptr) return;
    OPENSSL_cleanse(base_, mapped_);
    ::munmap(base_, mapped_);
    base_ = nullptr;
}

}  // namespace greffe
