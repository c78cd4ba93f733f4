// SPDX-License-Identifier: Apache-2.0
// Decides when a file in an intake directory may be claimed.
//
// A file is stable once two looks at least `quietFor` apart saw the same inode, size and modification time,
// and nothing was heard about it in between. CLOSE_WRITE alone proves nothing: scanners close and reopen the
// same file several times (paperless-ngx #4626), and a writer that was killed closes its file too.
//
// Not thread-safe; lives on the intake thread. Never touches the file system: the caller passes what it saw.
#pragma once

#include "base/clock.h"
#include "sys/files.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

class StabilityTracker {
public:
    // At most `capacity` names are followed; the others wait for a later look (they are still in the folder).
    StabilityTracker(std::chrono::milliseconds quietFor, std::size_t capacity);

    // For every look from now on.
    void setQuietFor(std::chrono::milliseconds quietFor) { quietFor_ = quietFor; }

    // A look at the file. False when the tracker is full and the name is new.
    bool observe(const std::string& name, const FileFacts& facts, SteadyTime now);
    // Something was heard about it (a write, a close): its quiet time starts anew.
    void disturb(const std::string& name, SteadyTime now);
    void forget(const std::string& name);

    // Names whose quiet time is over and that must be looked at once more before they count as stable.
    std::vector<std::string> dueForLook(SteadyTime now) const;
    struct Stable {
        std::string name;
        FileFacts facts;  // as both looks saw them
    };
    // Files that may be claimed now, oldest first, at most `most`. Each is returned once.
    std::vector<Stable> takeStable(std::size_t most);
    // Whether takeStable has something: found so by a rescan, nothing else will call for it.
    bool hasStable() const;
    // When dueForLook will next have something.
    std::optional<SteadyTime> nextLook() const;

    std::size_t size() const { return names_.size(); }
    bool isFull() const { return names_.size() >= capacity_; }

private:
    struct Sight {
        FileFacts facts;
        SteadyTime quietSince;
        bool isStable = false;
    };

    std::chrono::milliseconds quietFor_;
    std::size_t capacity_;
    std::map<std::string, Sight> names_;
};

}  // namespace greffe
