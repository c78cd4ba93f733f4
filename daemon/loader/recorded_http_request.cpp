// SPDX-License-Identifier: Apache-2.0
#include "loader/recorded_http_request.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace greffe {
namespace {

bool isToken(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool isFieldValue(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool isHostsOwn(std::string_view name) {
    constexpr std::array<std::string_view, 6> kOwn = {
        "host", "content-length", "content-type", "connection", "transfer-encoding", "proxy-authorization"};
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::find(kOwn.begin(), kOwn.end(), lower) != kOwn.end();
}

bool isUrl(std::string_view url) {
    const bool isAbsolute =
        (url.starts_with("https://") && url.size() > 8) || (url.starts_with("http://") && url.size() > 7);
    return isAbsolute && std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

void RecordedHttpRequest::breakContract(const char* what) noexcept {
    if (!break_.empty()) return;
    try {
        break_ = what;
    } catch (...) {
        break_ = "broken";  // fits without an allocation
    }
}

void RecordedHttpRequest::start(Slice method, Slice url) noexcept {
    if (isStarted_) return breakContract("start() twice for one request");
    isStarted_ = true;
    if (!isToken(method)) return breakContract("the method of a request is not a token");
    if (!isUrl(url))
        return breakContract("the URL of a request is not absolute, or holds blanks or letters beyond ASCII");
    headBytes_ += url.size;
    if (headBytes_ > kMaxHeadBytes) return breakContract("more than 64 KiB of URL and headers");
    try {
        data_.method = method.view();
        data_.url = url.view();
    } catch (...) {
        breakContract("no memory for a request");
    }
}

void RecordedHttpRequest::header(Slice name, Slice value) noexcept {
    try {
        if (!isToken(name)) return breakContract("the name of a header is not a token");
        if (isHostsOwn(name))
            return breakContract("a header that is the host's to write (content-type goes with body())");
        if (!isFieldValue(value)) return breakContract("a line break in a header");
        headBytes_ += name.size + value.size;
        if (data_.headers.size() >= kMaxHeaders || headBytes_ > kMaxHeadBytes)
            return breakContract("more than 100 headers, or 64 KiB of URL and headers");
        data_.headers.emplace_back(name.view(), value.view());
    } catch (...) {
        breakContract("no memory for a request");
    }
}

void RecordedHttpRequest::body(Slice contentType, Slice bytes) noexcept {
    if (hasBody_) return breakContract("body() twice for one request");
    hasBody_ = true;
    if (contentType.empty() || !isFieldValue(contentType))
        return breakContract("a body without a content type");
    if (bytes.size > kMaxBodyBytes) return breakContract("a body of more than 256 MiB");
    try {
        data_.contentType = contentType.view();
        data_.body = bytes.view();
    } catch (...) {
        breakContract("no memory for a request");
    }
}

void RecordedHttpRequest::limits(std::uint32_t timeoutMs, std::uint64_t maxAnswerBytes) noexcept {
    if (timeoutMs == 0 || maxAnswerBytes == 0) return breakContract("a limit of nothing");
    data_.timeoutMs = timeoutMs;
    data_.maxAnswerBytes = maxAnswerBytes;
}

const std::string& RecordedHttpRequest::contractBreak() const {
    static const std::string kNotStarted = "Send without start()";
    return break_.empty() && !isStarted_ ? kNotStarted : break_;
}

}  // namespace greffe
