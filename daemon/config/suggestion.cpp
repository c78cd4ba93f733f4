// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxLength = 64;
constexpr std::size_t kMinPrefix = 3;

bool isPrefix(std::string_view shorter, std::string_view longer) {
    return shorter.size() >= kMinPrefix && longer.substr(0, shorter.size()) == shorter;
}

}  // namespace

int editDistance(std::string_view left, std::string_view right) {
    // Three rows of the usual table: a swap looks two rows back.
    std::vector<int> beforeLast;
    std::vector<int> last(right.size() + 1);
    std::vector<int> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j)
        last[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const int replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = std::min(row[j], beforeLast[j - 2] + 1);
        }
        beforeLast = last;
        last.swap(row);
    }
    return last[right.size()];
}

std::string closestName(std::string_view written, const std::vector<std::string>& known) {
    if (written.empty() || written.size() > kMaxLength) return {};
    std::string best;
    int bestDistance = 0;
    for (const std::string& name : known) {
        int distance = editDistance(written, name);
        if (distance > 1 && (isPrefix(written, name) || isPrefix(name, written))) distance = 1;
        const auto allowed =
            std::min<std::size_t>(3, std::max<std::size_t>(1, std::max(written.size(), name.size()) / 3));
        if (distance == 0 || static_cast<std::size_t>(distance) > allowed) continue;
        if (best.empty() || distance < bestDistance) {
            best = name;
            bestDistance = distance;
        }
    }
    return best;
}

}  // namespace greffe
