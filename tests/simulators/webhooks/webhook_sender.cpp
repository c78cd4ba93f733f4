// SPDX-License-Identifier: Apache-2.0
#include "simulators/webhooks/webhook_sender.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/URI.h>

#include <algorithm>
#include <iterator>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

// How often the thread looks at the service's clock, which may be moved under it.
constexpr auto kLook = 5ms;

// By its address, not by its letters: 127.0.0.1.example.com is somewhere else.
bool isLoopbackHost(const std::string& host) {
    Poco::Net::IPAddress address;
    return host == "localhost" || (Poco::Net::IPAddress::tryParse(host, address) && address.isLoopback());
}

std::string pathOf(const Poco::URI& uri) {
    const std::string path = uri.getPathAndQuery();
    return path.empty() ? "/" : path;
}

}  // namespace

WebhookSender::WebhookSender(const SimulatedClock& clock, TakeFault takeFault)
    : clock_(clock), takeFault_(std::move(takeFault)) {}

WebhookSender::~WebhookSender() {
    stop();
}

std::vector<std::string> WebhookSender::faultNames() {
    return {"late",    "lost",     "doubled", "reordered",    "forged",
            "altered", "unsigned", "stale",   "content_type", "pass"};
}

void WebhookSender::start(WebhookPolicy policy) {
    policy_ = std::move(policy);
    thread_ = std::thread([this] { run(); });
}

void WebhookSender::stop() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
        try {
            if (open_ != nullptr) open_->abort();
        } catch (const Poco::Exception&) {  // not connected yet: it will see isStopping_ or time out
        }
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void WebhookSender::post(Webhook webhook) {
    Waiting waiting;
    waiting.fault = takeFault_().value_or(Json::object());
    const std::string fault = textOf(waiting.fault, "fault");
    const std::chrono::seconds seconds(numberOf(waiting.fault, "seconds", fault == "stale" ? 3600 : 30));
    waiting.due = clock_.now();
    waiting.attempt.body = webhook.body(fault == "stale" ? waiting.due - seconds : waiting.due);
    waiting.attempt.isForged = fault == "forged";
    waiting.attempt.isUnsigned = fault == "unsigned";
    waiting.webhook = std::make_shared<const Webhook>(std::move(webhook));
    if (fault == "late") waiting.due += seconds;
    if (fault == "reordered")
        waiting.behind = static_cast<int>(std::max<std::int64_t>(1, numberOf(waiting.fault, "behind", 1)));
    const std::int64_t copies = fault == "doubled" ? numberOf(waiting.fault, "copies", 2) : 1;
    if (fault == "lost") {
        note(waiting, "lost", nullptr);
        return;
    }
    const std::scoped_lock lock(mutex_);
    waiting.number = ++posted_;
    for (std::int64_t i = 0; i < copies; ++i)
        waiting_.push_back(waiting);
    changed_.notify_all();
}

std::list<WebhookSender::Waiting>::iterator WebhookSender::nextDue() {
    const WallTime now = clock_.now();
    return std::find_if(waiting_.begin(), waiting_.end(),
                        [&](const Waiting& each) { return each.behind == 0 && each.due <= now; });
}

void WebhookSender::run() {
    std::unique_lock lock(mutex_);
    while (!isStopping_) {
        const auto due = nextDue();
        if (due == waiting_.end()) {
            if (waiting_.empty())
                changed_.wait(lock);
            else
                changed_.wait_for(lock, kLook);
            continue;
        }
        Waiting taken = std::move(*due);
        waiting_.erase(due);
        lock.unlock();
        deliver(std::move(taken));
        lock.lock();
    }
}

void WebhookSender::deliver(Waiting waiting) {
    const bool isStale = textOf(waiting.fault, "fault") == "stale";
    waiting.attempt.sentAt =
        clock_.now() - (isStale ? std::chrono::seconds(numberOf(waiting.fault, "seconds", 3600)) : 0s);
    const Outcome outcome = attempt(waiting);
    const bool isDone = outcome.status >= 200 && outcome.status < 300;
    note(waiting, outcome.text, isDone ? Json() : planRetry(waiting, outcome));
    const std::scoped_lock lock(mutex_);
    for (Waiting& each : waiting_)
        if (each.behind > 0 && waiting.attempt.number == 0 && waiting.number > each.number &&
            each.webhook->url == waiting.webhook->url)
            --each.behind;
}

Json WebhookSender::planRetry(const Waiting& waiting, const Outcome& outcome) {
    const auto number = static_cast<std::size_t>(waiting.attempt.number);
    const bool isOnlyOne = waiting.webhook->retries == Webhook::Retries::OneAfterTimeout;
    if (number >= policy_.retryDelays.size() || (isOnlyOne && (number > 0 || !outcome.isTimeout))) return {};
    Waiting next = waiting;
    ++next.attempt.number;
    // A fault is of the first attempt: what was rightly refused comes again as it should have been.
    next.fault = Json::object();
    next.attempt.isForged = next.attempt.isUnsigned = false;
    next.due = clock_.now() + policy_.retryDelays[number];
    const std::scoped_lock lock(mutex_);
    if (isForgotten(waiting)) return {};
    waiting_.push_back(next);
    return rfc3339(next.due, "Z");
}

WebhookSender::Outcome WebhookSender::attempt(const Waiting& waiting) {
    std::string body = waiting.attempt.body;
    // Still JSON: only the signature tells.
    if (textOf(waiting.fault, "fault") == "altered") body.insert(body.find_last_of('}'), " ");
    std::string url = waiting.webhook->url;
    for (int redirections = 0;; ++redirections) {
        std::string next;
        const Outcome outcome = request(url, waiting, body, next);
        if (next.empty() || redirections == policy_.maxRedirects) return outcome;
        url = next;
    }
}

std::unique_ptr<Poco::Net::HTTPClientSession> WebhookSender::sessionFor(const std::string& url) const {
    const Poco::URI uri(url);
    if (uri.getScheme() != "https")
        return std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    using Poco::Net::Context;
    const bool isChecked = !policy_.authorityFile.empty();
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, "", "", policy_.authorityFile,
                                     isChecked ? Context::VERIFY_RELAXED : Context::VERIFY_NONE));
    if (!isChecked) context->enableExtendedCertificateVerification(false);
    return std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
}

WebhookSender::Outcome WebhookSender::request(const std::string& url, const Waiting& waiting,
                                              const std::string& body, std::string& redirection) {
    try {
        const Poco::URI uri(url);
        if (!isLoopbackHost(uri.getHost())) return {0, false, "not sent: not an address of loopback"};
        const auto session = sessionFor(url);
        const auto patience = waiting.attempt.number == 0 ? policy_.firstTimeout : policy_.retryTimeout;
        session->setTimeout(Poco::Timespan(std::chrono::microseconds(patience).count()));
        {
            const std::scoped_lock lock(mutex_);
            if (isStopping_) return {0, false, "stopped"};
            open_ = session.get();
        }
        struct Closing {
            WebhookSender& sender;
            ~Closing() {
                const std::scoped_lock lock(sender.mutex_);
                sender.open_ = nullptr;
            }
        } const closing{*this};
        Poco::Net::HTTPRequest question("POST", pathOf(uri), "HTTP/1.1");
        question.setContentType(textOf(waiting.fault, "content_type", "application/json"));
        for (const auto& [name, value] : waiting.webhook->headers(waiting.attempt))
            question.set(name, value);
        question.setContentLength(static_cast<std::streamsize>(body.size()));
        session->sendRequest(question) << body;
        Poco::Net::HTTPResponse answer;
        std::istream& rest = session->receiveResponse(answer);
        rest.ignore(1 << 16);
        const int status = answer.getStatus();
        if (status >= 300 && status < 400 && answer.has("Location"))
            redirection = Poco::URI(uri, answer.get("Location")).toString();
        return {status, false, std::to_string(status)};
    } catch (const Poco::TimeoutException&) {
        return {0, true, "timeout"};
    } catch (const Poco::Exception& error) {
        return {0, false, "no answer: " + error.displayText()};
    }
}

void WebhookSender::note(const Waiting& waiting, const std::string& outcome, const Json& nextAt) {
    const std::scoped_lock lock(mutex_);
    if (isForgotten(waiting)) return;
    attempts_.push_back({{"id", waiting.webhook->id},
                         {"event", waiting.webhook->event},
                         {"url", waiting.webhook->url},
                         {"attempt", waiting.attempt.number},
                         {"at", rfc3339(clock_.now(), "Z")},
                         {"outcome", outcome},
                         {"fault", textOf(waiting.fault, "fault")},
                         {"next_at", nextAt}});
}

Json WebhookSender::log() const {
    const std::scoped_lock lock(mutex_);
    Json waiting = Json::array();
    for (const Waiting& each : waiting_)
        waiting.push_back({{"id", each.webhook->id},
                           {"event", each.webhook->event},
                           {"url", each.webhook->url},
                           {"attempt", each.attempt.number},
                           {"due", each.behind > 0 ? Json() : Json(rfc3339(each.due, "Z"))},
                           {"fault", textOf(each.fault, "fault")}});
    return {{"attempts", attempts_}, {"waiting", waiting}};
}

void WebhookSender::forget() {
    const std::scoped_lock lock(mutex_);
    attempts_ = Json::array();
    waiting_.clear();
    forgotten_ = posted_;
}

// An attempt may be under way while everything is forgotten: what becomes of it belongs to nobody.
bool WebhookSender::isForgotten(const Waiting& waiting) const {
    return waiting.number != 0 && waiting.number <= forgotten_;
}

}  // namespace greffe::simulators
