// SPDX-License-Identifier: Apache-2.0
// The messages that a mail server took, each with its envelope: in memory for the admin door, and in a folder
// (000001.eml, 000001.json) for people.
//
// Thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace greffe::simulators {

struct Envelope {
    std::string from;
    std::vector<std::string> to;
    std::string user;  // who was authenticated, or empty
    bool isEncrypted = false;
    bool isUtf8 = false;
};

class Mailbox {
public:
    // Messages go to `directory`, which exists.
    explicit Mailbox(std::string directory) : directory_(std::move(directory)) {}

    // The message's id, "1" and up.
    Result<std::string> store(const Envelope& envelope, const std::string& message);
    // {"messages": […], "copies": {"<message id>": how often}}
    Json list() const;
    std::optional<std::string> message(const std::string& id) const;
    void forget();

private:
    struct Kept {
        Json facts;
        std::string message;
    };

    const std::string directory_;
    mutable std::mutex mutex_;
    std::size_t forgotten_ = 0;
    std::vector<Kept> kept_;
};

// The value of the first header of that name (in lower case), folded lines joined; empty when there is none.
std::string headerOf(const std::string& message, const std::string& name);

}  // namespace greffe::simulators
