// SPDX-License-Identifier: Apache-2.0
#include "mail_writer.h"

#include "mail_header.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>

namespace greffe::smtp {
namespace {

constexpr std::size_t kLongestMessageLine = 998;  // RFC 5321, 4.5.3.1.6, without its CRLF
constexpr std::size_t kQuotedPrintableLine = 76;
constexpr std::size_t kBytesPerBase64Line = 57;  // 76 letters

// Every kind of line break becomes CRLF; the text ends with one.
std::string withCrlf(std::string_view text) {
    std::string lines;
    lines.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r' && text[i] != '\n') {
            lines += text[i];
            continue;
        }
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
        lines += "\r\n";
    }
    if (!lines.ends_with("\r\n")) lines += "\r\n";
    return lines;
}

std::size_t longestLine(std::string_view lines) {
    std::size_t longest = 0;
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        longest = std::max(longest, std::min(end, lines.size()));
        lines.remove_prefix(std::min(lines.size(), end + 2));
    }
    return longest;
}

std::string quotedPrintable(std::string_view lines) {
    std::string result;
    std::size_t column = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const char c = lines[i];
        if (c == '\r') {  // withCrlf() leaves no other
            result += "\r\n";
            column = 0;
            ++i;
            continue;
        }
        const bool isBlank = c == ' ' || c == '\t';
        const bool endsLine = i + 1 < lines.size() && lines[i + 1] == '\r';
        const bool isPlain = (c > 0x20 && c < 0x7f && c != '=') || (isBlank && !endsLine);
        const std::size_t width = isPlain ? 1 : 3;
        if (column + width > kQuotedPrintableLine - 1) {
            result += "=\r\n";
            column = 0;
        }
        char escaped[4];
        std::snprintf(escaped, sizeof escaped, isPlain ? "%c" : "=%02X", static_cast<unsigned char>(c));
        result += escaped;
        column += width;
    }
    return result;
}

// "=_" stands in no quoted-printable and no base 64, so the boundary cannot appear in either.
std::string boundaryFor(std::string_view messageId) {
    unsigned char digest[32] = {};
    EVP_Digest(messageId.data(), messageId.size(), digest, nullptr, EVP_sha256(), nullptr);
    std::string boundary = "=_greffe_";
    char two[3];
    for (int i = 0; i < 12; ++i) {
        std::snprintf(two, sizeof two, "%02x", digest[i]);
        boundary += two;
    }
    return boundary;
}

}  // namespace

MailWriter::MailWriter(const MailMessage& message, const Person& from, const Person& to, bool mayUse8Bit,
                       std::int64_t nowUnix)
    : message_(message), boundary_(boundaryFor(message.id)) {
    head_ = dateHeader(message.dateUnix != 0 ? message.dateUnix : nowUnix) + personHeader("From", from) +
            personHeader("To", to) + "Message-ID: " + message.id + "\r\n" +
            textHeader("Subject", message.subject) +
            // Keeps holiday notices from answering a machine (RFC 3834).
            "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    if (!message.language.empty()) head_ += "Content-Language: " + message.language + "\r\n";
    text_ = textPart("plain", message.text, mayUse8Bit);
    if (!message.html.empty()) html_ = textPart("html", message.html, mayUse8Bit);
}

MailWriter::TextPart MailWriter::textPart(std::string_view subtype, std::string_view text, bool mayUse8Bit) {
    TextPart part;
    part.body = withCrlf(text);
    const bool isShort =
        longestLine(part.body) <= kLongestMessageLine && part.body.find(boundary_) == std::string::npos;
    const char* encoding = "quoted-printable";
    if (isShort && isAscii(part.body)) {
        encoding = "7bit";
    } else if (isShort && mayUse8Bit) {
        encoding = "8bit";
        uses8Bit_ = true;
    } else {
        part.body = quotedPrintable(part.body);
    }
    part.head = "Content-Type: text/" + std::string(subtype) +
                "; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + "\r\n";
    return part;
}

bool MailWriter::writeTexts(const Sink& sink) const {
    if (message_.html.empty()) return sink(text_.head + "\r\n") && sink(text_.body);
    // A boundary of its own: the outer one stands around attachments.
    const std::string inner = boundary_ + "_alt";
    return sink("Content-Type: multipart/alternative; boundary=\"" + inner + "\"\r\n\r\n--" + inner + "\r\n" +
                text_.head + "\r\n") &&
           sink(text_.body) && sink("--" + inner + "\r\n" + html_.head + "\r\n") && sink(html_.body) &&
           sink("--" + inner + "--\r\n");
}

bool MailWriter::writeAttachment(const Attachment& attachment, const Sink& sink) {
    if (!sink("Content-Type: " + attachment.mediaType + "\r\nContent-Transfer-Encoding: base64\r\n" +
              "Content-Disposition: attachment" + fileNameParameter("filename", attachment.name) +
              "\r\n\r\n"))
        return false;
    std::string lines;
    for (std::string_view rest = attachment.bytes; !rest.empty();) {
        lines += base64(rest.substr(0, kBytesPerBase64Line));
        lines += "\r\n";
        rest.remove_prefix(std::min(rest.size(), kBytesPerBase64Line));
        if (lines.size() < 16'384 && !rest.empty()) continue;
        if (!sink(lines)) return false;
        lines.clear();
    }
    return true;
}

bool MailWriter::write(const Sink& sink) const {
    if (!sink(head_)) return false;
    if (message_.attachments.empty()) return writeTexts(sink);
    const std::string between = "--" + boundary_ + "\r\n";
    if (!sink("Content-Type: multipart/mixed; boundary=\"" + boundary_ + "\"\r\n\r\n" + between) ||
        !writeTexts(sink))
        return false;
    for (const Attachment& attachment : message_.attachments)
        if (!sink(between) || !writeAttachment(attachment, sink)) return false;
    return sink("--" + boundary_ + "--\r\n");
}

std::uint64_t MailWriter::sizeBytes() const {
    std::uint64_t size = 0;
    write([&](std::string_view bytes) {
        size += bytes.size();
        return true;
    });
    return size;
}

}  // namespace greffe::smtp
