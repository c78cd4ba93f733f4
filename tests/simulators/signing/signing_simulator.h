// SPDX-License-Identifier: Apache-2.0
// A signing service that speaks the protocol of the plugin sign-rest (plugins/sign-rest/README.md), and
// counts what it must never see: two requests of one external id.
#pragma once

#include "simulators/http/stateful_simulator.h"

#include <list>
#include <map>
#include <string>
#include <vector>

namespace greffe::simulators {

class SigningSimulator final : public StatefulSimulator {
public:
    SigningSimulator() : StatefulSimulator("signing") {}
    ~SigningSimulator() override;

protected:
    Result<Plan> setUp(SettingsReader& options) override;
    Json ready(const std::string& url) override;
    Json state() const override;
    void forget() override;
    void passTime() override;
    std::optional<HttpAnswer> refuse(const HttpCall& call, const RouteTable::Route& route) override;
    HttpAnswer errorAnswer(int status) const override;

private:
    struct Signer {
        std::string id, externalId, email, status = "notified", reason;
        std::int64_t signedUnix = 0;
    };
    struct Request {
        std::string id, externalId, name, status = "waiting", reason;
        std::vector<Signer> signers;
        std::vector<std::string> documents;  // bytes
        std::optional<WallTime> signsAt;     // everybody, by themselves
    };

    HttpAnswer create(const HttpCall& call);
    HttpAnswer list(const HttpCall& call) const;
    HttpAnswer onRequest(const HttpCall& call, const std::function<HttpAnswer(Request&)>& work);
    HttpAnswer document(const Request& request, const std::string& number) const;
    HttpAnswer cancel(Request& request, const HttpCall& call);
    void addOperations();
    Result<Json> sign(Request& request, const std::string& email, bool refuses, const std::string& reason);
    void settle(Request& request, const std::string& status);
    void post(const Request& request, const std::string& event);
    Json shown(const Request& request) const;
    Json doubled() const;
    Request* find(const std::string& id);
    HttpAnswer error(int status, const std::string& code, const std::string& text,
                     const std::string& field = {}) const;

    std::string key_, secret_, webhookUrl_;
    bool isDeduplicating_ = true;
    std::int64_t signsAfterMs_ = -1;
    std::list<Request> requests_;  // oldest first
    std::map<std::string, Request*> byId_;
    std::map<std::string, std::size_t> byExternalId_;  // how many there are
    std::list<Request*> toSign_;
    std::uint64_t lastId_ = 0, lastEvent_ = 0;  // never given twice
};

}  // namespace greffe::simulators
