// SPDX-License-Identifier: Apache-2.0
// The request that an exchange asked for, as data: what the wire sends, what the log shows (placeholders
// unfilled) and what tests compare. Not thread-safe.
#pragma once

#include <greffe/capability/http.h>

#include <string>
#include <utility>
#include <vector>

namespace greffe {

struct HttpRequestData {
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>>
        headers;  // in the plugin's order, content-type not among them
    std::string contentType;
    std::string body;
    std::uint32_t timeoutMs = 30'000;
    std::uint64_t maxAnswerBytes = 1U << 20U;

    friend bool operator==(const HttpRequestData&, const HttpRequestData&) = default;
};

class RecordedHttpRequest final : public HttpRequest {
public:
    static constexpr std::size_t kMaxHeaders = 100;
    static constexpr std::size_t kMaxHeadBytes = 64U << 10U;  // URL and headers together
    static constexpr std::size_t kMaxBodyBytes = 256U << 20U;

    void start(Slice method, Slice url) noexcept override;
    void header(Slice name, Slice value) noexcept override;
    void body(Slice contentType, Slice bytes) noexcept override;
    void limits(std::uint32_t timeoutMs, std::uint64_t maxAnswerBytes) noexcept override;

    // The first break of the contract, or empty: no start(), two of them, a method that is not a token, a URL
    // that is not absolute https (or http), line breaks in a header, Host, Content-Length, Connection or
    // Transfer-Encoding (they are the host's), too much of anything.
    const std::string& contractBreak() const;
    const HttpRequestData& data() const { return data_; }

private:
    void breakContract(const char* what) noexcept;

    HttpRequestData data_;
    std::size_t headBytes_ = 0;
    bool isStarted_ = false;
    bool hasBody_ = false;
    std::string break_;
};

}  // namespace greffe
