// SPDX-License-Identifier: Apache-2.0
// Bytes that are never swapped, never in a core dump, not inherited by a fork, and wiped when they go.
#pragma once

#include "base/result.h"

#include <string_view>

namespace greffe {

class LockedBytes {
public:
    // Errc::Busy or Denied when the memory cannot be locked: the advice names the limit to raise.
    static Result<LockedBytes> copyOf(std::string_view bytes);

    LockedBytes(LockedBytes&& other) noexcept;
    LockedBytes& operator=(LockedBytes&& other) noexcept;
    LockedBytes(const LockedBytes&) = delete;
    LockedBytes& operator=(const LockedBytes&) = delete;
    ~LockedBytes();

    std::string_view view() const { return {static_cast<const char*>(base_), size_}; }

private:
    LockedBytes(void* base, std::size_t mapped, std::size_t size)
        : base_(base), mapped_(mapped), size_(size) {}
    void wipe() noexcept;

    void* base_ = nullptr;
    std::size_t mapped_ = 0;
    std::size_t size_ = 0;
};

}  // namespace greffe
