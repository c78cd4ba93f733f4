// SPDX-License-Identifier: Apache-2.0
// A mail as its reader's program sees it: decoded by Python's email package, which shares no line with the
// code that wrote it.
#pragma once

#include <string>
#include <vector>

namespace greffe {

struct ReadAttachment {
    std::string name, mediaType;
    std::string sha256;  // hex, of the decoded bytes
};

struct ReadMail {
    std::string messageId, subject, from, to, date;
    std::string text;  // of the plain-text part
    std::vector<ReadAttachment> attachments;
    std::string problem;  // of the reading, or what the package calls a defect; empty: none
};

ReadMail readMail(const std::string& bytes);

}  // namespace greffe
