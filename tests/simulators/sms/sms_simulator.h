// SPDX-License-Identifier: Apache-2.0
// A gateway for short messages over HTTP: send, look, status callbacks, people who answer STOP. It is no
// particular vendor's; README.md says what it agrees with them on and what can be configured.
#pragma once

#include "simulators/http/stateful_simulator.h"
#include "simulators/sms/sms_settings.h"

#include <list>
#include <map>
#include <set>
#include <string>

namespace greffe::simulators {

class SmsSimulator final : public StatefulSimulator {
public:
    SmsSimulator() : StatefulSimulator("sms") {}
    ~SmsSimulator() override;

protected:
    Result<Plan> setUp(SettingsReader& options) override;
    Json ready(const std::string& url) override;
    Json state() const override;
    void forget() override;
    void passTime() override;
    std::optional<HttpAnswer> refuse(const HttpCall& call, const RouteTable::Route& route) override;
    HttpAnswer errorAnswer(int status) const override;

private:
    struct Message {
        std::string id, to, from, text, reference, callbackUrl;
        int parts = 1;
        bool isGsm = true;
        std::string status = "sent";
        std::string error;  // of an undelivered one
        WallTime sentAt, statusAt;
        std::optional<WallTime> endsAt;  // when it ends by itself
    };
    struct Replay {
        std::string body;
        HttpAnswer answer;
    };

    HttpAnswer send(const HttpCall& call);
    HttpAnswer sendOnce(const Json& body);
    std::optional<HttpAnswer> refuseMessage(const Message& message) const;
    HttpAnswer list(const HttpCall& call) const;
    void end(Message& message, const std::string& status, const std::string& error);
    void receive(const std::string& from, const std::string& to, const std::string& text);
    void addOperations();
    Result<Json> endByHand(const Json& arguments, const std::string& status);
    Message* messageOf(const Json& arguments);

    void post(const std::string& url, const std::string& event, const std::string& id, Json body);
    Json shown(const Message& message) const;
    Json renamed(const Json& object) const;  // ours to theirs
    std::string theirName(const std::string& ours) const;
    HttpAnswer error(int status, const std::string& code, const std::string& text,
                     const std::string& field = {}) const;

    SmsSettings settings_;
    std::list<Message> messages_;  // oldest first
    std::map<std::string, Replay> replays_;
    std::set<std::string> optedOut_;
    Json inbound_ = Json::array();
    std::int64_t credit_ = -1;
    std::uint64_t lastId_ = 0;  // never given twice
};

}  // namespace greffe::simulators
