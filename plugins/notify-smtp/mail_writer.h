// SPDX-License-Identifier: Apache-2.0
// The bytes of a mail, in lines that end in CRLF and are never longer than SMTP allows. Attachments are
// encoded while they are written: a mail costs no memory for them.
#pragma once

#include "mail_message.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace greffe::smtp {

class MailWriter {
public:
    // Returns false to stop.
    using Sink = std::function<bool(std::string_view)>;

    // One recipient a mail. `mayUse8Bit`: the server takes 8BITMIME. The message must outlive the writer.
    MailWriter(const MailMessage& message, const Person& from, const Person& to, bool mayUse8Bit,
               std::int64_t nowUnix);

    // False when the sink stopped it. Two calls write the same bytes.
    bool write(const Sink& sink) const;
    std::uint64_t sizeBytes() const;
    bool uses8Bit() const { return uses8Bit_; }

private:
    struct TextPart {
        std::string head, body;
    };
    TextPart textPart(std::string_view subtype, std::string_view text, bool mayUse8Bit);
    bool writeTexts(const Sink& sink) const;
    static bool writeAttachment(const Attachment& attachment, const Sink& sink);

    const MailMessage& message_;
    std::string boundary_;
    std::string head_;
    TextPart text_, html_;
    bool uses8Bit_ = false;
};

}  // namespace greffe::smtp
