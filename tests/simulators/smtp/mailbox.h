// SPDX-License-Identifier: Apache-2.0
// The messages that a mail server took, each with its envelope: in memory for the admin door, and in a folder
// (000001.eml, 000001.json) for people.
//
// Thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "simulators/smtp/dsn_parameters.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace greffe::simulators {

struct MailRecipient {
    std::string address;
    RecipientDsn dsn;
};

struct Envelope {
    std::string from;
    std::vector<MailRecipient> recipients;
    std::string user;  // who was authenticated, or empty
    bool isEncrypted = false;
    bool isUtf8 = false;
    MailDsn dsn;
};

struct KeptMail {
    Json facts;  // a row of list()
    Envelope envelope;
    std::string message;
};

class Mailbox {
public:
    // Messages go to `directory`, which exists. Their ids are `idPrefix` and a number, from 1 up.
    explicit Mailbox(std::string directory, std::string idPrefix = {})
        : directory_(std::move(directory)), idPrefix_(std::move(idPrefix)) {}

    // `moreFacts` are added to those of the envelope.
    Result<KeptMail> store(const Envelope& envelope, const std::string& message,
                           const Json& moreFacts = Json::object());
    // {"messages": […], "copies": {"<message id>": how often}}
    Json list() const;
    std::optional<KeptMail> find(const std::string& id) const;
    void forget();

private:
    const std::string directory_;
    const std::string idPrefix_;
    mutable std::mutex mutex_;
    std::size_t forgotten_ = 0;
    std::vector<KeptMail> kept_;
};

// The value of the first header of that name (in lower case), folded lines joined; empty when there is none.
std::string headerOf(const std::string& message, const std::string& name);

}  // namespace greffe::simulators
