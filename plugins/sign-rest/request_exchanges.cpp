// SPDX-License-Identifier: Apache-2.0
#include "request_exchanges.h"

namespace greffe::sign_rest {
namespace {

std::int64_t nowMs(Host& host) {
    auto* const clock = host.service<ClockService>();
    return clock != nullptr ? clock->unixMs() : 0;
}

std::string remoteIdOf(Slice sentJson) {
    const auto sent = sdk::JsonValue::parse(sentJson.view());
    return sent ? std::string((*sent)["remote_id"].text()) : std::string();
}

std::size_t documentsOf(Slice sentJson) {
    const auto sent = sdk::JsonValue::parse(sentJson.view());
    return sent ? (*sent)["documents"].items().size() : 0;
}

// 404 and 410 of a request: the service has forgotten it.
bool isUnknown(const HttpResponse& answer, Outcome& outcome) {
    if (answer.fault != HttpFault::None || (answer.status != 404 && answer.status != 410)) return false;
    sdk::reject(outcome, Reason::UnknownRequest,
                "the service answered " + std::to_string(answer.status) + " for the request");
    return true;
}

bool lacksId(const std::string& remoteId, Outcome& outcome) {
    if (remoteId.empty()) sdk::reject(outcome, Reason::InvalidOptions, "no remote_id of a request");
    return remoteId.empty();
}

std::string pathOf(const std::string& remoteId) {
    return "/requests/" + sdk::percentEncoded(remoteId);
}

}  // namespace

StatusExchange::StatusExchange(Host& host, ServicePtr service, Slice sentJson)
    : host_(host), service_(std::move(service)), remoteId_(remoteIdOf(sentJson)) {}

ExchangeStep StatusExchange::proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
    if (answer == nullptr) {
        if (lacksId(remoteId_, outcome)) return ExchangeStep::Finished;
        service_->begin(request, "GET", pathOf(remoteId_));
        return ExchangeStep::Send;
    }
    if (isUnknown(*answer, outcome)) return ExchangeStep::Finished;
    if (sdk::judgeFailure(*answer, sdk::Repeat::Safe, nowMs(host_), outcome)) return ExchangeStep::Finished;
    const auto shown = objectOf(*answer, outcome);
    if (!shown) return ExchangeStep::Finished;
    if ((*shown)["id"].text() != remoteId_)
        sdk::retry(outcome, Reason::BadAnswer, "the answer is about another request", 0);
    else
        tellRequest(*shown, outcome);
    return ExchangeStep::Finished;
}

FetchExchange::FetchExchange(Host& host, ServicePtr service, Slice sentJson)
    : host_(host),
      service_(std::move(service)),
      remoteId_(remoteIdOf(sentJson)),
      documents_(documentsOf(sentJson)) {}

ExchangeStep FetchExchange::proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
    if (answer == nullptr) {
        if (lacksId(remoteId_, outcome)) return ExchangeStep::Finished;
    } else {
        if (isUnknown(*answer, outcome)) return ExchangeStep::Finished;
        if (sdk::judgeFailure(*answer, sdk::Repeat::Safe, nowMs(host_), outcome))
            return ExchangeStep::Finished;
        const std::string_view type = sdk::headerOf(*answer, "content-type").value_or("");
        if (type.substr(0, type.find(';')) != "application/pdf" ||
            answer->body.view().substr(0, 5) != "%PDF-") {
            sdk::retry(outcome, Reason::BadAnswer, "what was fetched is not a PDF", 0);
            return ExchangeStep::Finished;
        }
        const std::string name =
            fetched_ < documents_ ? "document-" + std::to_string(fetched_) : std::string("proof-0");
        ByteSink* const sink = outcome.artifact(Slice(name), "application/pdf");
        if (sink == nullptr || !sink->write(answer->body)) {
            sdk::reject(outcome, Reason::LimitExceeded, "what was fetched is larger than a call may keep");
            return ExchangeStep::Finished;
        }
        if (++fetched_ > documents_) {
            outcome.done();
            return ExchangeStep::Finished;
        }
    }
    const std::string what =
        fetched_ < documents_ ? "/documents/" + std::to_string(fetched_) : std::string("/proof");
    service_->begin(request, "GET", pathOf(remoteId_) + what, service_->maxDocumentBytes);
    return ExchangeStep::Send;
}

CancelExchange::CancelExchange(Host& host, ServicePtr service, Slice sentJson, Slice reason)
    : host_(host), service_(std::move(service)), remoteId_(remoteIdOf(sentJson)), reason_(reason.view()) {}

ExchangeStep CancelExchange::proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
    if (answer == nullptr) {
        if (lacksId(remoteId_, outcome)) return ExchangeStep::Finished;
        sdk::JsonValue body = sdk::JsonValue::object();
        body.set("reason", reason_);
        service_->begin(request, "POST", pathOf(remoteId_) + "/cancel");
        request.body("application/json", Slice(body.dump()));
        return ExchangeStep::Send;
    }
    if (isUnknown(*answer, outcome)) return ExchangeStep::Finished;
    // It has ended already: what became of it, status() says.
    const bool hasEnded = answer->fault == HttpFault::None && answer->status == 409;
    if (!hasEnded && sdk::judgeFailure(*answer, sdk::Repeat::Safe, nowMs(host_), outcome))
        return ExchangeStep::Finished;
    outcome.done();
    return ExchangeStep::Finished;
}

ExchangeStep HealthExchange::proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome) {
    if (answer == nullptr) {
        service_->begin(request, "GET", "/account");
        return ExchangeStep::Send;
    }
    if (!sdk::judgeFailure(*answer, sdk::Repeat::Safe, nowMs(host_), outcome)) outcome.done();
    return ExchangeStep::Finished;
}

}  // namespace greffe::sign_rest
