// SPDX-License-Identifier: Apache-2.0
#include "service.h"

#include <array>

namespace greffe::sign_rest {
namespace {

// What is not among them is a state of a later version of the service: to go on waiting is right for it.
constexpr std::array<std::string_view, 5> kStatuses = {"waiting", "signed", "refused", "cancelled",
                                                       "expired"};
constexpr std::array<std::string_view, 5> kSignerStatuses = {"waiting", "notified", "signed", "refused",
                                                             "failed"};

template <std::size_t N>
std::string_view knownOr(const std::array<std::string_view, N>& words, std::string_view word) {
    for (const std::string_view known : words)
        if (known == word) return known;
    return words[0];
}

sdk::JsonValue signersOf(const sdk::JsonValue& shown) {
    sdk::JsonValue signers = sdk::JsonValue::array();
    for (const sdk::JsonValue& each : shown["signers"].items()) {
        sdk::JsonValue signer = sdk::JsonValue::object();
        signer.set("id", each["external_id"].text());
        signer.set("remote_id", each["id"].text());
        signer.set("status", knownOr(kSignerStatuses, each["status"].text()));
        if (each["signed_unix"].isWhole()) signer.set("signed_unix", each["signed_unix"].whole());
        for (const char* text : {"reason", "link"})
            if (!each[text].text().empty()) signer.set(text, each[text].text());
        signers.add(std::move(signer));
    }
    return signers;
}

}  // namespace

void Service::begin(HttpRequest& request, std::string_view method, std::string_view path,
                    std::uint64_t maxAnswerBytes) const {
    request.start(Slice(method), Slice(url + std::string(path)));
    request.header("authorization", Slice("Bearer " + apiKey));
    request.header("accept", "application/json, application/pdf");
    request.limits(timeoutMs, maxAnswerBytes);
}

bool tellRequest(const sdk::JsonValue& shown, Outcome& outcome) {
    if (shown["id"].text().empty() || shown["status"].text().empty()) {
        sdk::retry(outcome, Reason::BadAnswer, "the answer is no signature request", 0);
        return false;
    }
    const auto tell = [&](const char* name, const sdk::JsonValue& value) {
        outcome.fact(name, Slice(value.dump()));
    };
    tell("remote_id", sdk::JsonValue(shown["id"].text()));
    tell("status", sdk::JsonValue(knownOr(kStatuses, shown["status"].text())));
    tell("signers", signersOf(shown));
    if (!shown["reason"].text().empty()) tell("reason", sdk::JsonValue(shown["reason"].text()));
    outcome.done();
    return true;
}

std::optional<sdk::JsonValue> objectOf(const HttpResponse& answer, Outcome& outcome) {
    std::string problem;
    auto json = sdk::jsonOf(answer, problem);
    if (!json) sdk::retry(outcome, Reason::BadAnswer, problem, 0);
    return json;
}

}  // namespace greffe::sign_rest
