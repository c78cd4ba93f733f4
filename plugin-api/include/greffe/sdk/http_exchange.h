// SPDX-License-Identifier: Apache-2.0
// Comfort for sans-IO providers: the exchange's frame, headers, Retry-After, and the one table that turns a
// status or a fault into a verdict, so that every provider judges a 502 alike.
//
//   class Stamp final : public sdk::ExchangeBase<Stamp> {
//       friend class sdk::ExchangeBase<Stamp>;
//       ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
//           if (answer == nullptr) { request.start("POST", url_); …; return ExchangeStep::Send; }
//           if (sdk::judgeFailure(*answer, sdk::Repeat::Safe, nowUnixMs, outcome)) return
//           ExchangeStep::Finished; …  // a 2xx
#pragma once

#include <greffe/capability/http.h>
#include <greffe/reason.h>
#include <greffe/sdk/instance.h>
#include <greffe/sdk/json.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace greffe::sdk {

// The frame: traps exceptions, releases with the plugin's allocator. Derived is final and has proceed(), as
// above.
template <class Derived>
class ExchangeBase : public HttpExchange {
public:
    ExchangeStep next(const HttpResponse* response, HttpRequest& request,
                      Outcome& outcome) noexcept override {
        ExchangeStep step = ExchangeStep::Finished;  // what an exception leaves behind
        guarded(outcome, [&] { step = static_cast<Derived*>(this)->proceed(response, request, outcome); });
        return step;
    }
    void release() noexcept override { delete static_cast<Derived*>(this); }

protected:
    ~ExchangeBase() = default;
};

// The value of the first header of that name (lower case), or nothing.
inline std::optional<std::string_view> headerOf(const HttpResponse& response, std::string_view name) {
    std::string_view lines = response.headers;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        if (line.size() <= name.size() || line.substr(0, name.size()) != name || line[name.size()] != ':')
            continue;
        std::string_view value = line.substr(name.size() + 1);
        while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
            value.remove_prefix(1);
        while (!value.empty() && (value.back() == ' ' || value.back() == '\t' || value.back() == '\r'))
            value.remove_suffix(1);
        return value;
    }
    return std::nullopt;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate) as Unix seconds, or nothing.
inline std::optional<std::int64_t> parseHttpDate(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    char month[4] = {};
    char zone[4] = {};
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%*3c, %2d %3s %4d %2d:%2d:%2d %3s", &day, month, &year, &hour, &minute,
                    &second, zone) != 7)
        return std::nullopt;
    const std::size_t index = kMonths.find(month);
    if (std::string_view(zone) != "GMT" || index == std::string_view::npos || index % 3 != 0 || day < 1 ||
        day > 31 || year < 1970 || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    // Days since 1970-01-01 in the proleptic Gregorian calendar, the year counted from March.
    const int number = static_cast<int>(index / 3) + 1;
    const std::int64_t y = number <= 2 ? year - 1 : year;
    const std::int64_t era = y / 400;
    const std::int64_t yearOfEra = y - era * 400;
    const std::int64_t dayOfYear = (153 * (number + (number > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t days =
        era * 146'097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719'468;
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

// What Retry-After asks for, at most a day; 0 when it does not ask or cannot be read (the host's backoff
// decides).
inline std::uint32_t retryAfterSeconds(const HttpResponse& response, std::int64_t nowUnixMs) {
    constexpr std::int64_t kDay = 86'400;
    const auto value = headerOf(response, "retry-after");
    if (!value) return 0;
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value->data(), value->data() + value->size(), seconds);
    if (parsed.ec == std::errc::result_out_of_range) return kDay;
    if (parsed.ec != std::errc() || parsed.ptr != value->data() + value->size()) {
        const auto date = parseHttpDate(*value);
        if (!date) return 0;
        seconds = *date - nowUnixMs / 1000;
    }
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, kDay));
}

// May the same request be sent again when nobody knows what became of it? Safe: it reads, or carries a key by
// which the service recognises it. Unsafe: the second would be a second letter, payment or signature.
enum class Repeat { Safe, Unsafe };

// Speaks the verdict for a fault or a status other than 2xx and returns true; returns false for 2xx, which
// the caller judges. A status that means something particular to a service (404 of a poll) is looked at
// before this.
inline bool judgeFailure(const HttpResponse& response, Repeat repeat, std::int64_t nowUnixMs,
                         Outcome& outcome) {
    const std::uint32_t delay = retryAfterSeconds(response, nowUnixMs);
    const std::string status = "the service answered " + std::to_string(response.status);
    const auto unknown = [&](Reason reason, const std::string& what) {
        if (repeat == Repeat::Unsafe)
            outcome.uncertain(what + "; whether it acted is unknown");
        else
            retry(outcome, reason, what, delay);
        return true;
    };
    switch (response.fault) {
        case HttpFault::None: break;
        case HttpFault::NotSent:
            retry(outcome, Reason::ProviderUnavailable,
                  "not sent: " + std::string(response.faultText.view()));
            return true;
        case HttpFault::AnswerTooLarge:
            return unknown(Reason::BadAnswer, "the answer is larger than allowed");
        default:
            return unknown(Reason::ProviderUnavailable,
                           "no whole answer: " + std::string(response.faultText.view()));
    }
    if (response.status >= 200 && response.status < 300) return false;
    switch (response.status) {
        case 401:
        case 403: retry(outcome, Reason::Unauthorized, status, delay); return true;
        case 429: retry(outcome, Reason::RateLimited, status, delay); return true;
        case 408:
        case 425:
        case 503: retry(outcome, Reason::ProviderUnavailable, status, delay); return true;
        default: break;
    }
    if (response.status >= 500) return unknown(Reason::ProviderError, status);
    // The wire follows no redirect: a service that moved is an answer that nobody expected.
    if (response.status < 400) return unknown(Reason::BadAnswer, status);
    reject(outcome, Reason::ConfigurationError, status + ": it will not take this request");
    return true;
}

// The JSON of an answer; nothing, and why in `problem`, when the body is not JSON or does not say that it is.
inline std::optional<JsonValue> jsonOf(const HttpResponse& response, std::string& problem) {
    const std::string_view type = headerOf(response, "content-type").value_or("");
    const std::string_view media = type.substr(0, type.find(';'));
    const bool isJson =
        media == "application/json" || (media.size() > 5 && media.substr(media.size() - 5) == "+json");
    if (!isJson) {
        problem = "the answer is not JSON but \"" + std::string(type.substr(0, 100)) + "\"";
        return std::nullopt;
    }
    return JsonValue::parse(response.body, &problem);
}

// For a part of a path or of a query (RFC 3986): everything but unreserved characters is encoded.
inline std::string percentEncoded(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             c == '-' || c == '.' || c == '_' || c == '~';
        if (isPlain) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += kDigits[static_cast<unsigned char>(c) >> 4U];
            encoded += kDigits[static_cast<unsigned char>(c) & 15U];
        }
    }
    return encoded;
}

// The placeholder of a secret option, or nothing when it was not given.
inline std::optional<std::string> secretPlaceholder(Host& host, std::string_view option) {
    auto* secrets = host.service<SecretsService>();
    const std::uint32_t secret = secrets != nullptr ? secrets->find(option) : SecretsService::kNone;
    StringSink text;
    if (secret == SecretsService::kNone || !secrets->placeholder(secret, text)) return std::nullopt;
    return text.take();
}

}  // namespace greffe::sdk
