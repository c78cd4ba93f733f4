// SPDX-License-Identifier: Apache-2.0
// A message as the engine froze it (notifier.h), checked: nothing in it can end a header line or an SMTP
// command.
#pragma once

#include <greffe/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::smtp {

struct Person {
    std::string name, address;
};

struct Attachment {
    std::string name, mediaType;
    std::string_view bytes;  // the host's mapping, valid during the call
};

struct MailMessage {
    std::string id;  // "<…@…>"
    std::vector<Person> to;
    std::string subject, text, html, language;
    std::int64_t dateUnix = 0;  // 0: now
    std::vector<Attachment> attachments;
};

// The whole message or an explanation of what is wrong with it; `problem` is empty when it is fine.
MailMessage readMessage(std::string_view json, const DocumentView* documents, std::uint32_t count,
                        std::string& problem);

// "local@domain" of dot-atoms (RFC 5321, 4.1.2), letters beyond ASCII allowed (RFC 6531). No quoted local
// parts, no address literals: nobody's address needs them, and they are where injections hide.
bool isAddress(std::string_view text);
// No control character: what may stand in a header.
bool isHeaderSafe(std::string_view text);
bool isAscii(std::string_view text);

}  // namespace greffe::smtp
