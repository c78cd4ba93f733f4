// SPDX-License-Identifier: Apache-2.0
#include "send_exchange.h"

#include <openssl/evp.h>

namespace greffe::sign_rest {
namespace {

// Built for a service that cannot be asked for a request by its external id (tests/plugins): then nobody may
// send it again who does not know what became of it.
#ifdef GREFFE_SIGN_REST_WITHOUT_LOOKING
constexpr bool kFindsRequests = false;
#else
constexpr bool kFindsRequests = true;
#endif
constexpr sdk::Repeat kRepeat = kFindsRequests ? sdk::Repeat::Safe : sdk::Repeat::Unsafe;

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string externalIdOf(Slice requestJson) {
    const auto request = sdk::JsonValue::parse(requestJson.view());
    return request ? std::string((*request)["external_id"].text()) : std::string();
}

std::string hexOf(const unsigned char (&digest)[32]) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += kDigits[byte >> 4U];
        hex += kDigits[byte & 15U];
    }
    return hex;
}

}  // namespace

SendExchange::SendExchange(Host& host, ServicePtr service, Slice requestJson, const DocumentView* documents,
                           std::uint32_t count)
    : host_(host),
      service_(std::move(service)),
      requestJson_(requestJson.view()),
      externalId_(externalIdOf(requestJson)),
      documents_(documents),
      count_(count) {}

std::int64_t SendExchange::nowMs() const {
    auto* const clock = host_.service<ClockService>();
    return clock != nullptr ? clock->unixMs() : 0;
}

ExchangeStep SendExchange::proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
    if (answer == nullptr) {
        if (externalId_.empty()) {
            sdk::reject(outcome, Reason::InvalidOptions, "the request has no external_id");
            return ExchangeStep::Finished;
        }
        return kFindsRequests ? look(request) : post(request, outcome);
    }
    return phase_ == Phase::Post ? posted(*answer, request, outcome) : found(*answer, request, outcome);
}

ExchangeStep SendExchange::look(HttpRequest& request) const {
    service_->begin(request, "GET", "/requests?external_id=" + sdk::percentEncoded(externalId_));
    return ExchangeStep::Send;
}

ExchangeStep SendExchange::found(const HttpResponse& answer, HttpRequest& request, Outcome& outcome) {
    if (sdk::judgeFailure(answer, sdk::Repeat::Safe, nowMs(), outcome)) return ExchangeStep::Finished;
    const auto list = objectOf(answer, outcome);
    if (!list) return ExchangeStep::Finished;
    for (const sdk::JsonValue& each : (*list)["requests"].items()) {
        if (each["external_id"].text() != externalId_) continue;  // a service that ignores the filter
        tellRequest(each, outcome);
        return ExchangeStep::Finished;
    }
    if (phase_ == Phase::Look && (*list)["requests"].kind() == sdk::JsonValue::Kind::Array)
        return post(request, outcome);
    sdk::retry(outcome, Reason::BadAnswer, "the service does not show the request that it says it has", 0);
    return ExchangeStep::Finished;
}

ExchangeStep SendExchange::post(HttpRequest& request, Outcome& outcome) {
    phase_ = Phase::Post;
    auto body = sdk::JsonValue::parse(requestJson_);
    if (!body) {
        sdk::reject(outcome, Reason::InvalidOptions, "the request is not JSON");
        return ExchangeStep::Finished;
    }
    sdk::JsonValue documents = sdk::JsonValue::array();
    for (std::uint32_t i = 0; i < count_; ++i) {
        const DocumentView& document = documents_[i];
        if (document.bytes.size > service_->maxDocumentBytes) {
            sdk::reject(outcome, Reason::LimitExceeded,
                        "document " + std::to_string(i + 1) + " is larger than max_document_mebibytes");
            return ExchangeStep::Finished;
        }
        const std::string_view given = (*body)["documents"].items().size() > i
                                           ? (*body)["documents"].items()[i]["name"].text()
                                           : document.name.view();
        sdk::JsonValue sent = sdk::JsonValue::object();
        sent.set("name", given);
        sent.set("media_type", document.mediaType.view());
        sent.set("sha256", hexOf(document.sha256));
        sent.set("content", base64(document.bytes));
        documents.add(std::move(sent));
    }
    body->set("documents", std::move(documents));
    service_->begin(request, "POST", "/requests");
    request.body("application/json", Slice(body->dump()));
    return ExchangeStep::Send;
}

ExchangeStep SendExchange::posted(const HttpResponse& answer, HttpRequest& request, Outcome& outcome) {
    // Another call of ours was faster, or the answer to it is what was lost.
    if (kFindsRequests && answer.fault == HttpFault::None && answer.status == 409) {
        phase_ = Phase::LookAgain;
        return look(request);
    }
    if (answer.fault == HttpFault::None && (answer.status == 400 || answer.status == 422)) {
        std::string problem;
        const auto body = sdk::jsonOf(answer, problem);
        const std::string_view why = body ? (*body)["error"]["message"].text() : std::string_view(problem);
        const std::string_view field = body ? (*body)["error"]["field"].text() : std::string_view();
        sdk::reject(outcome, Reason::InvalidOptions,
                    "the service will not take it: " + std::string(field) + (field.empty() ? "" : ": ") +
                        std::string(why.substr(0, 500)));
        return ExchangeStep::Finished;
    }
    if (sdk::judgeFailure(answer, kRepeat, nowMs(), outcome)) return ExchangeStep::Finished;
    std::string problem;
    const auto shown = sdk::jsonOf(answer, problem);
    if (!shown || (*shown)["id"].text().empty()) {
        if (kRepeat == sdk::Repeat::Unsafe)
            outcome.uncertain("the service took the request and did not say under which id");
        else
            sdk::retry(outcome, Reason::BadAnswer, "the answer is no signature request", 0);
        return ExchangeStep::Finished;
    }
    tellRequest(*shown, outcome);
    return ExchangeStep::Finished;
}

}  // namespace greffe::sign_rest
