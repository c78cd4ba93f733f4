// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/revocation_service.h"

#include <Poco/Base64Decoder.h>
#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <tuple>

namespace greffe::simulators {
namespace {

constexpr const char* kServices[] = {"ocsp", "crl", "certificates"};

// "/ocsp/root/MFQ…" → "ocsp", "root/MFQ…".
std::pair<std::string, std::string> serviceAndRest(const std::string& path) {
    const std::size_t slash = path.find('/', 1);
    if (path.empty() || slash == std::string::npos) return {};
    return {path.substr(1, slash - 1), path.substr(slash + 1)};
}

// Empty for what is not one.
std::string requestInPath(const std::string& encodedRequest) {
    try {
        std::string base64;
        Poco::URI::decode(encodedRequest, base64);
        std::istringstream text(base64);
        Poco::Base64Decoder decoder(text);
        return {std::istreambuf_iterator<char>(decoder), {}};
    } catch (const Poco::Exception&) {
        return {};
    }
}

HttpAnswer bytesAnswer(const char* contentType, std::string body) {
    HttpAnswer answer;
    answer.contentType = contentType;
    answer.body = std::move(body);
    return answer;
}

}  // namespace

struct RevocationService::Page {
    std::string service;
    std::string name;  // the authority's
    std::string rest;  // an OCSP request in the path
    PkiRoom::Office* office = nullptr;
};

std::vector<std::string> RevocationService::places() {
    std::vector<std::string> places;
    for (const std::string service : kServices)
        for (const char* authority : {"", "/root", "/intermediate"})
            places.push_back(service + authority);
    return places;
}

std::vector<std::string> RevocationService::faultsAt(const std::string& place) {
    const std::string service = place.substr(0, place.find('/'));
    std::vector<std::string> names = {"missing", "unreachable", "not_der"};
    if (service == "ocsp") names = OcspResponder::faults();
    if (service == "crl") names = CrlPublisher::faults();
    for (const std::string& each : httpFaults())
        names.push_back(each);
    return names;
}

std::optional<Json> RevocationService::dueFault(const Page& page) {
    auto fault = faults_.take(page.service + "/" + page.name);
    return fault ? fault : faults_.take(page.service);
}

std::optional<HttpAnswer> RevocationService::answer(const HttpQuestion& question) {
    Page page;
    std::string rest;
    std::tie(page.service, rest) = serviceAndRest(question.path);
    if (std::find(std::begin(kServices), std::end(kServices), page.service) == std::end(kServices))
        return std::nullopt;
    page.name = rest.substr(0, rest.find_first_of("./"));
    if (page.service == "ocsp" && rest.size() > page.name.size())
        page.rest = rest.substr(page.name.size() + 1);
    page.office = room_.office(page.name);
    if (page.office == nullptr) return jsonAnswer(404, {{"error", "no authority of that name"}});
    const std::optional<Json> due = dueFault(page);
    const Json fault = due.value_or(Json());
    {
        const std::scoped_lock lock(mutex_);
        asked_.push_back({{"service", page.service},
                          {"authority", page.name},
                          {"method", question.method},
                          {"fault", textOf(fault, "fault")}});
    }
    HttpAnswer answer = page.service == "ocsp"  ? ocsp(page, question, fault)
                        : page.service == "crl" ? crl(page, fault)
                                                : certificate(page, fault);
    if (textOf(fault, "fault") == "missing") answer = jsonAnswer(404, {{"error", "as planned"}});
    if (textOf(fault, "fault") == "unreachable") answer.cutAfterBytes = 0;
    applyHttpFault(fault, answer);
    return answer;
}

HttpAnswer RevocationService::ocsp(const Page& page, const HttpQuestion& question, const Json& fault) const {
    const bool isPost = question.method == "POST";
    const auto type = question.headers.find("content-type");
    if (isPost && (type == question.headers.end() || type->second != "application/ocsp-request"))
        return jsonAnswer(415, {{"error", "POST application/ocsp-request"}});
    if (!isPost && question.method != "GET") return jsonAnswer(405, {{"error", "GET or POST"}});
    const std::string request = isPost ? question.body : requestInPath(page.rest);
    return bytesAnswer("application/ocsp-response",
                       page.office->responder.answer(request, nowUnix_(), fault));
}

HttpAnswer RevocationService::crl(const Page& page, const Json& fault) const {
    return bytesAnswer("application/pkix-crl", page.office->publisher.publish(nowUnix_(), fault));
}

HttpAnswer RevocationService::certificate(const Page& page, const Json& fault) {
    return bytesAnswer("application/pkix-cert", textOf(fault, "fault") == "not_der"
                                                    ? "<html>Not here</html>"
                                                    : page.office->authority.identity().certificateDer());
}

Json RevocationService::asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
}

void RevocationService::forget() {
    const std::scoped_lock lock(mutex_);
    asked_ = Json::array();
}

}  // namespace greffe::simulators
