// SPDX-License-Identifier: Apache-2.0
#include "stamp_exchange.h"

#include "token.h"

#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace greffe::tsa {
namespace {

constexpr std::uint32_t kMaxRetryAfterSeconds = 86400;

// The value of a header in HttpResponse::headers ("name: value\n", names in lower case), or empty.
std::string_view headerValue(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const std::string_view line = headers.substr(0, headers.find('\n'));
        headers.remove_prefix(std::min(headers.size(), line.size() + 1));
        if (line.substr(0, name.size()) != name || line.substr(name.size(), 1) != ":") continue;
        std::string_view value = line.substr(name.size() + 1);
        while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
            value.remove_prefix(1);
        while (!value.empty() && (value.back() == ' ' || value.back() == '\t' || value.back() == '\r'))
            value.remove_suffix(1);
        return value;
    }
    return {};
}

// Types are compared without regard to case; parameters behind ';' do not matter.
bool isTimestampReply(std::string_view contentType) {
    constexpr std::string_view kType = "application/timestamp-reply";
    std::string_view type = contentType.substr(0, contentType.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.remove_suffix(1);
    return std::equal(type.begin(), type.end(), kType.begin(), kType.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

// Seconds only; a date there is left to the host's backoff.
std::uint32_t retryAfterSeconds(std::string_view headers) {
    const std::string_view value = headerValue(headers, "retry-after");
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    return error == std::errc() && end == value.data() + value.size()
               ? std::min(seconds, kMaxRetryAfterSeconds)
               : 0;
}

Checked checkHttp(const HttpResponse& response) {
    const auto described = [&](const char* what) {
        return what +
               (response.faultText.empty() ? std::string() : ": " + std::string(response.faultText.view()));
    };
    switch (response.fault) {
        case HttpFault::None: break;
        case HttpFault::NotSent:
            return Refusal{Reason::ProviderUnavailable, described("the authority was not reached")};
        case HttpFault::Unknown:
            return Refusal{Reason::ProviderUnavailable, described("no whole answer came")};
        case HttpFault::AnswerTooLarge: return bad(described("the answer is larger than 64 KiB"));
    }
    const std::string status = "HTTP status " + std::to_string(response.status);
    if (response.status == 401 || response.status == 403) return Refusal{Reason::Unauthorized, status};
    if (response.status == 429) return Refusal{Reason::RateLimited, status};
    if (response.status >= 500) return Refusal{Reason::ProviderUnavailable, status};
    if (response.status >= 300 && response.status < 400)
        return Refusal{Reason::ProviderError, status + ": redirections are not followed, set the final url"};
    if (response.status != 200) return Refusal{Reason::ProviderError, status};
    if (!isTimestampReply(headerValue(response.headers, "content-type")))
        return bad("the answer's content type is not application/timestamp-reply");
    if (response.body.size > kMaxAnswerBytes) return bad("the answer is larger than 64 KiB");
    return {};
}

std::string sha256Hex(std::string_view bytes) {
    unsigned char digest[32] = {};
    EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha256(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[byte >> 4U];
        hex += kDigits[byte & 15U];
    }
    return hex;
}

void fact(Outcome& outcome, const char* name, const nlohmann::json& value) {
    outcome.fact(name,
                 std::string_view(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

}  // namespace

ExchangeStep StampExchange::next(const HttpResponse* response, HttpRequest& request,
                                 Outcome& outcome) noexcept {
    ExchangeStep step = ExchangeStep::Finished;
    sdk::guarded(outcome, [&] {
        if (response == nullptr)
            step = send(request, outcome);
        else
            take(*response, outcome);
    });
    return step;
}

ExchangeStep StampExchange::send(HttpRequest& request, Outcome& outcome) {
    // Asked before the question is: a token whose time cannot be judged is paid for in vain.
    if (host_.service<ClockService>() == nullptr) {
        sdk::reject(outcome, Reason::ConfigurationError, "the host has no clock to judge a time-stamp by");
        return ExchangeStep::Finished;
    }
    const std::string question = writeRequest(question_, authority_->policyOid);
    if (question.empty()) {
        sdk::reject(outcome, Reason::PluginFault, "the request cannot be written: " + sdk::openSslErrors());
        return ExchangeStep::Finished;
    }
    request.start("POST", std::string_view(authority_->url));
    request.header("accept", "application/timestamp-reply");
    if (!authority_->username.empty()) {
        sdk::StringSink authorization;
        auto* const secrets = host_.service<SecretsService>();
        if (secrets == nullptr || !secrets->basicAuthorization(std::string_view(authority_->username),
                                                               authority_->password, authorization)) {
            sdk::reject(outcome, Reason::ConfigurationError,
                        "the host cannot use the secret of the option password");
            return ExchangeStep::Finished;
        }
        request.header("authorization", std::string_view(authorization.text()));
    }
    request.body("application/timestamp-query", std::string_view(question));
    request.limits(authority_->timeoutMs, kMaxAnswerBytes);
    return ExchangeStep::Send;
}

void StampExchange::take(const HttpResponse& response, Outcome& outcome) {
    TokenFacts facts;
    std::string_view token;
    const std::int64_t nowUnix = host_.service<ClockService>()->unixMs() / 1000;
    Checked refusal = checkHttp(response);
    if (!refusal) refusal = openAnswer(response.body, token);
    if (!refusal) refusal = checkToken(token, question_, *authority_, nowUnix, facts);
    if (refusal)
        return sdk::retry(outcome, refusal->reason, refusal->text, retryAfterSeconds(response.headers));

    fact(outcome, "gen_time_unix", facts.genTimeUnix);
    fact(outcome, "serial", facts.serialHex);
    fact(outcome, "policy", facts.policyOid);
    fact(outcome, "authority", facts.authorityName);
    fact(outcome, "token_sha256", sha256Hex(token));
    fact(outcome, "trust", facts.isTrusted ? "anchors" : "embedded_certificate");
    if (keepToken_) {
        ByteSink* const sink = outcome.artifact("token", "application/timestamp-token");
        if (sink == nullptr || !sink->write(token))
            return sdk::reject(outcome, Reason::LimitExceeded, "the host does not take the token");
    }
    outcome.done();
}

}  // namespace greffe::tsa
