// SPDX-License-Identifier: Apache-2.0
#include "base/ulid.h"

#include "base/invariant.h"

#include <sys/random.h>

#include <algorithm>
#include <random>

namespace greffe {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

void UlidSource::drawBits() {
    if (!seed_) {
        GREFFE_INVARIANT(getrandom(random_.data(), random_.size(), 0) ==
                         static_cast<ssize_t>(random_.size()));
        return;
    }
    std::mt19937_64 generator((*seed_)++);
    for (unsigned char& byte : random_)
        byte = static_cast<unsigned char>(generator());
}

std::string UlidSource::next() {
    const std::scoped_lock lock(mutex_);
    const std::int64_t nowMs = toUnixMs(clock_.wall());
    if (nowMs > lastMs_) {
        lastMs_ = nowMs;
        drawBits();
        random_[0] &= 0x7f;  // leaves room to count up
    } else {
        // Same millisecond, or a clock that stepped back: the next number.
        for (auto byte = random_.rbegin(); byte != random_.rend() && ++*byte == 0; ++byte) {
        }
    }

    std::string text(26, '0');
    auto time = static_cast<std::uint64_t>(lastMs_);
    for (int i = 9; i >= 0; --i, time >>= 5)
        text[static_cast<std::size_t>(i)] = kAlphabet[time & 31];
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t at = 10;
    for (const unsigned char byte : random_) {
        bits = (bits << 8) | byte;
        held += 8;
        while (held >= 5) {
            held -= 5;
            text[at++] = kAlphabet[(bits >> held) & 31];
        }
    }
    return text;
}

bool isUlid(std::string_view text) {
    return text.size() == 26 && text[0] <= '7' && std::all_of(text.begin(), text.end(), [](char c) {
               return kAlphabet.find(c) != std::string_view::npos;
           });
}

std::string_view shortId(std::string_view ulid) {
    return ulid.substr(ulid.size() < 8 ? 0 : ulid.size() - 8);
}

}  // namespace greffe
