// SPDX-License-Identifier: Apache-2.0
// Which document goes with which side-car manifest (x.pdf with x.json), and who still waits for the other
// half.
//
// The two halves arrive in any order, and each may be half written when the other is there: only halves that
// are whole are put together. A document whose time is over goes on alone; a manifest whose time is over,
// too, so that nothing stays in a folder for ever without a word.
//
// Not thread-safe; lives on the intake thread. Never touches the file system: the caller passes what it saw.
#pragma once

#include "base/clock.h"
#include "sys/files.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// "x.pdf" → "x.json", also with a directory before it.
std::string manifestPathOf(const std::string& documentPath);
bool isManifestName(std::string_view name);

class ManifestPairs {
public:
    struct Times {
        std::chrono::milliseconds document;  // how long a document waits for its manifest; 0: not at all
        std::chrono::milliseconds manifest;  // how long a manifest waits for its document
    };
    ManifestPairs(Times times, std::size_t capacity);

    // For those who wait already, too.
    void setTimes(Times times) { times_ = times; }

    // The file is whole. A file that is here already keeps its place in the queue. False when there is no
    // room: it will be seen again.
    bool settle(const std::string& path, const FileFacts& facts, SteadyTime now);
    // Something was heard about it: it is not whole any more, but goes on waiting.
    void disturb(const std::string& path);
    void forget(const std::string& path);
    // Begins its waiting time anew.
    void renew(const std::string& path, SteadyTime now);
    // Whether it waits here, whole, as it is now.
    bool holds(const std::string& path, const FileFacts& facts) const;

    struct Ready {
        std::string document;  // empty: the manifest's document never came
        std::string manifest;  // empty: the document's manifest did not come
        FileFacts documentFacts, manifestFacts;
    };
    // At most `most`; each is returned once.
    std::vector<Ready> takeReady(std::size_t most, SteadyTime now);
    // When takeReady will have something though nothing happens.
    std::optional<SteadyTime> nextDeadline() const;

    // Documents that wait, and until when.
    std::vector<std::pair<std::string, SteadyTime>> waitingDocuments() const;
    std::size_t countWaitingDocuments() const;
    std::size_t size() const { return halves_.size(); }

private:
    struct Half {
        FileFacts facts;
        SteadyTime since;
        bool isWhole = true;
    };
    SteadyTime deadlineOf(const std::string& path, const Half& half) const;

    Times times_;
    std::size_t capacity_;
    std::map<std::string, Half> halves_;
};

}  // namespace greffe
