// SPDX-License-Identifier: Apache-2.0
// The words that lists of allowed system calls are written in: for workers (sandbox.cpp) and for the programs
// that converters run (programs/program_walls.cpp). What is on no list is EPERM.
#pragma once

#include "base/result.h"

#include <seccomp.h>

#include <cstdint>
#include <initializer_list>
#include <span>

namespace greffe {

// A filter under construction. It counts from load() on, for this thread and all that it starts, and nothing
// takes it away again.
class SeccompFilter {
public:
    static Result<SeccompFilter> make();
    SeccompFilter(SeccompFilter&& other) noexcept;
    SeccompFilter& operator=(SeccompFilter&&) = delete;
    ~SeccompFilter();

    scmp_filter_ctx context() const { return context_; }
    Status load() const;

private:
    explicit SeccompFilter(scmp_filter_ctx context) : context_(context) {}

    scmp_filter_ctx context_;
};

Status allowCalls(scmp_filter_ctx filter, std::span<const int> calls);
// Only with these arguments.
Status allowCallWhen(scmp_filter_ctx filter, int call, std::initializer_list<scmp_arg_cmp> when);
scmp_arg_cmp argumentEquals(unsigned argument, std::uint64_t value);
scmp_arg_cmp argumentHasBits(unsigned argument, std::uint64_t mask, std::uint64_t bits);

// Memory, descriptors that are there already, clocks, waiting, leaving.
Status allowCommonCalls(scmp_filter_ctx filter);
// Signals, limits and descriptors' owners, for the calling process only.
Status allowOnItself(scmp_filter_ctx filter);

}  // namespace greffe
