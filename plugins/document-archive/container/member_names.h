// SPDX-License-Identifier: Apache-2.0
// Which member names may come in, and which go out.
//
// Nothing here is ever opened by a member's name. The rules protect those who unpack the archive later, and
// keep one name from meaning two things: two readers that disagree are how a checked document is not the one
// that is used.
#pragma once

#include "limits.h"
#include "refusal.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe::container {

// The form in which two names are compared: "." and empty folders left out, ASCII letters in lower case,
// and Latin letters with their accents taken apart, so that a Mac's "é" in two characters meets everybody
// else's in one. Other scripts are compared as they are: full Unicode folding needs ICU (README.md).
std::string comparableName(std::string_view name);

// Collects the names of one archive and refuses what must not stand in it.
class MemberNames {
public:
    explicit MemberNames(const Limits& limits) : limits_(limits) {}

    // Absolute names, "..", backslashes, drive letters, control and deceptive characters, too long, too many.
    Check add(std::string_view name, bool isDirectory);
    // Names that are equal, or would be on a disk that does not tell case; a file that is also a folder.
    Check finish();

private:
    struct Entry {
        std::string comparable;
        std::string shown;
        bool isDirectory = false;
    };
    const Limits& limits_;
    std::vector<Entry> entries_;
};

// Gives documents names that every system can unpack: no path, nothing deceptive, no character that Windows
// refuses, none of its device names, at most 120 bytes; no two alike under comparableName.
class OutgoingNames {
public:
    // `folder` is "" or "originals/". The result carries it.
    std::string assign(std::string_view folder, std::string_view name);

private:
    std::vector<std::string> taken_;  // comparable, sorted
};

}  // namespace greffe::container
