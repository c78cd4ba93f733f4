// SPDX-License-Identifier: Apache-2.0
// Delivers events to the endpoints that a client subscribed, over loopback only: signs, waits, tries again as
// the vendor does, and gets it wrong on demand. Every attempt is in the log.
//
// Faults are taken from the service's plan at "webhook", one for each event and subscriber:
//   {"fault": "late", "seconds": 30}      first attempt that much later
//   {"fault": "lost"}                     the vendor believes it delivered
//   {"fault": "doubled", "copies": 2}     the same event again
//   {"fault": "reordered", "behind": 1}   after that many of the events that follow
//   {"fault": "forged"}                   signed with a key that is not the subscriber's
//   {"fault": "altered"}                  the body changed after it was signed
//   {"fault": "unsigned"}                 no signature
//   {"fault": "stale", "seconds": 3600}   made that long ago, by what it says of itself
//   {"fault": "content_type", "content_type": "text/plain"}
//   {"fault": "pass"}                     nothing: so that a fault can hit the second event
// A fault concerns the first attempt; what a receiver refuses for it comes again, without it, when the vendor
// tries again. Delays are of the service's clock. One thread delivers, so events arrive in the order of their
// making unless a fault says otherwise; a receiver that hangs holds up what follows until its time is over.
#pragma once

#include "base/json.h"
#include "simulators/simulated_clock.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace Poco::Net {
class HTTPClientSession;
}

namespace greffe::simulators {

struct WebhookPolicy {
    std::chrono::milliseconds firstTimeout{500};  // of the machine's clock, as the next one
    std::chrono::milliseconds retryTimeout{10'000};
    std::vector<std::chrono::milliseconds>
        retryDelays;  // of the service's clock, each after the previous try
    int maxRedirects = 2;
    std::string authorityFile;  // whom https endpoints must be certified by; empty: anybody
};

// What a signature is made from at each attempt.
struct WebhookAttempt {
    int number = 0;   // 0 at first
    WallTime sentAt;  // what the message says of itself
    std::string body;
    bool isForged = false;    // sign with a key that nobody has
    bool isUnsigned = false;  // leave the signature out
};

// One event for one subscriber.
struct Webhook {
    std::string id, event, url;
    // Called once: the body is the same at each retry.
    std::function<std::string(WallTime eventTime)> body;
    std::function<std::map<std::string, std::string>(const WebhookAttempt&)> headers;
    enum class Retries { All, OneAfterTimeout } retries = Retries::All;
};

class WebhookSender {
public:
    // The fault that is due, or nothing.
    using TakeFault = std::function<std::optional<Json>()>;

    WebhookSender(const SimulatedClock& clock, TakeFault takeFault);
    ~WebhookSender();
    WebhookSender(const WebhookSender&) = delete;
    WebhookSender& operator=(const WebhookSender&) = delete;

    static std::vector<std::string> faultNames();

    void start(WebhookPolicy policy);
    void stop();  // interrupts an attempt under way
    void post(Webhook webhook);

    // {"attempts": [{id, event, url, attempt, at, outcome, fault, next_at}], "waiting": [{id, event, url,
    // attempt, due}]}; times are RFC 3339 of the service's clock.
    Json log() const;
    void forget();  // the log, what waits, and what is under way

private:
    struct Waiting {
        std::shared_ptr<const Webhook> webhook;
        WebhookAttempt attempt;
        Json fault;  // an empty object for none
        WallTime due;
        std::uint64_t number = 0;  // in the order of post(), from 1
        int behind = 0;            // how many that follow have to go first
    };
    struct Outcome {
        int status = 0;  // 0: no answer
        bool isTimeout = false;
        std::string text;
    };

    void run();
    std::list<Waiting>::iterator nextDue();
    void deliver(Waiting waiting);
    Outcome attempt(const Waiting& waiting);
    Outcome request(const std::string& url, const Waiting& waiting, const std::string& body,
                    std::string& redirection);
    std::unique_ptr<Poco::Net::HTTPClientSession> sessionFor(const std::string& url) const;
    void note(const Waiting& waiting, const std::string& outcome, const Json& nextAt);
    Json planRetry(const Waiting& waiting, const Outcome& outcome);
    bool isForgotten(const Waiting& waiting) const;

    const SimulatedClock& clock_;
    const TakeFault takeFault_;
    WebhookPolicy policy_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Waiting> waiting_;
    Json attempts_ = Json::array();
    std::uint64_t posted_ = 0, forgotten_ = 0;      // so many; of those, up to this one
    Poco::Net::HTTPClientSession* open_ = nullptr;  // the attempt under way, for stop()
    bool isStopping_ = false;
    std::thread thread_;
};

}  // namespace greffe::simulators
