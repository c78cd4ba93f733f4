// SPDX-License-Identifier: Apache-2.0
#include "simulators/tsa/tsa_simulator.h"

#include "sys/files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace greffe::simulators {
namespace {

// Of one place; empty: of the time-stamps.
std::vector<std::string> faultsOf(const std::string& place) {
    if (!place.empty()) return RevocationService::faultsAt(place);
    std::vector<std::string> names = TokenMaker::faults();
    for (const std::string& each : httpFaults())
        names.push_back(each);
    return names;
}

std::vector<std::string> allPlaces() {
    std::vector<std::string> places = RevocationService::places();
    places.insert(places.begin(), "");
    return places;
}

std::vector<std::string> allFaults() {
    std::vector<std::string> names;
    for (const std::string& place : allPlaces())
        for (const std::string& each : faultsOf(place))
            names.push_back(each);
    return names;
}

std::string basic(const std::string& user, const std::string& password) {
    const std::string text = user + ":" + password;
    std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return "Basic " + encoded;
}

}  // namespace

TsaSimulator::TsaSimulator()
    : faults_(allFaults(), allPlaces()),
      service_([this](const HttpQuestion& question) { return answer(question); }) {}

TsaSimulator::~TsaSimulator() {
    service_.stop();
}

Result<Json> TsaSimulator::start(const Json& config, const std::string& directory) {
    const std::scoped_lock lock(starting_);
    config_ = config;
    if (config.contains("username"))
        authorization_ = basic(textOf(config, "username"), textOf(config, "password"));
    serialFile_ = textOf(config, "serial_file", directory + "/serial");
    if (const auto text = readFile(serialFile_, 64))
        std::from_chars(text->data(), text->data() + text->size(), serial_);
    GREFFE_TRY(service_.start(static_cast<std::uint16_t>(numberOf(config, "port"))));
    GREFFE_TRY(makeAuthority());
    GREFFE_TRY(applyConfiguredTrouble());
    GREFFE_TRY_ASSIGN(Json ready, keepCertificates(directory));
    ready["port"] = service_.port();
    ready["url"] = service_.url() + "/";
    ready["policy_oid"] = maker_->policyOid();
    return ready;
}

Status TsaSimulator::makeAuthority() {
    const std::string key = textOf(config_, "key", "p256");
    if (key != "p256" && key != "rsa2048")
        return makeError(Errc::Invalid, "tsa: key is \"p256\" or \"rsa2048\"");
    room_ = std::make_unique<PkiRoom>(config_, service_.url());
    revocation_ = std::make_unique<RevocationService>(*room_, faults_, [this] { return nowUnix(); });
    maker_ = std::make_unique<TokenMaker>(*room_, key == "p256" ? TestKey::P256 : TestKey::Rsa2048,
                                          textOf(config_, "policy_oid", "1.2.3.4.1"), config_);
    room_->name("tsa", maker_->identity().certificate.get());
    return {};
}

Status TsaSimulator::applyConfiguredTrouble() {
    clock_.setAhead(std::chrono::seconds(numberOf(config_, "clock_skew_seconds")));
    room_->forgetRevocations();
    for (const Json& order : memberOf(config_, "revoked"))
        GREFFE_TRY(room_->revoke(order, nowUnix()));
    return {};
}

Result<Json> TsaSimulator::keepCertificates(const std::string& directory) const {
    GREFFE_TRY_ASSIGN(const UniqueFd place, openDirectory(directory));
    Json ready = {{"root_pem", room_->rootPem()}};
    const auto keep = [&](const std::string& name, const std::string& pem) {
        ready[name + "_file"] = directory + "/" + name + ".pem";
        return replaceFile(place.get(), name + ".pem", pem);
    };
    GREFFE_TRY(keep("root", room_->rootPem()));
    GREFFE_TRY(keep("certificate", maker_->identity().certificatePem()));
    if (PkiRoom::Office* const intermediate = room_->office("intermediate"); intermediate != nullptr)
        GREFFE_TRY(keep("intermediate", intermediate->authority.identity().certificatePem()));
    return ready;
}

Status TsaSimulator::setFaults(const Json& faults) {
    for (const Json& entry : faults.is_array() ? faults : Json::array()) {
        const std::vector<std::string> names = faultsOf(textOf(entry, "at"));
        const std::string name = textOf(entry, "fault");
        if (std::find(names.begin(), names.end(), name) == names.end())
            return makeError(Errc::Invalid,
                             fmt::format("there is no fault \"{}\" at \"{}\"", name, textOf(entry, "at")),
                             fmt::format("one of: {}", fmt::join(names, " ")));
    }
    return faults_.set(faults);
}

Json TsaSimulator::operations() const {
    return {{"revoke", "a certificate: certificate (tsa, intermediate), reason, seconds_ago; until a reset"},
            {"clock", "advance_seconds, or skew_seconds: stamps, OCSP and CRLs follow"}};
}

Result<Json> TsaSimulator::operate(const std::string& operation, const Json& body) {
    if (operation == "revoke") {
        GREFFE_TRY(room_->revoke(body, nowUnix()));
        return body;
    }
    if (operation != "clock") return Simulator::operate(operation, body);
    if (body.contains("skew_seconds")) clock_.setAhead(std::chrono::seconds(numberOf(body, "skew_seconds")));
    clock_.advance(std::chrono::seconds(numberOf(body, "advance_seconds")));
    return Json{{"now_unix", nowUnix()},
                {"skew_seconds", std::chrono::round<std::chrono::seconds>(clock_.ahead()).count()}};
}

// On disk before it is used: no authority may give a number twice, not even after a crash.
Result<std::uint64_t> TsaSimulator::nextSerial() {
    const std::scoped_lock lock(mutex_);
    const SplitPath path = splitPath(serialFile_);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(path.directory));
    GREFFE_TRY(replaceFile(directory.get(), path.name, std::to_string(serial_ + 1)));
    return ++serial_;
}

bool TsaSimulator::isAuthorized(const HttpQuestion& question) const {
    const auto header = question.headers.find("authorization");
    return authorization_.empty() || (header != question.headers.end() && header->second == authorization_);
}

HttpAnswer TsaSimulator::answer(const HttpQuestion& question) {
    {
        const std::scoped_lock lock(starting_);
        if (!maker_) return jsonAnswer(503, {{"error", "the start failed"}});
    }
    if (auto page = revocation_->answer(question)) return *page;
    return stamp(question);
}

HttpAnswer TsaSimulator::stamp(const HttpQuestion& question) {
    const auto type = question.headers.find("content-type");
    const std::optional<Json> fault = faults_.take();
    {
        const std::scoped_lock lock(mutex_);
        notes_.push_back({{"id", std::to_string(requests_.size())},
                          {"method", question.method},
                          {"content_type", type != question.headers.end() ? type->second : ""},
                          {"authorized", isAuthorized(question)},
                          {"fault", fault ? textOf(*fault, "fault") : ""}});
        requests_.push_back(question.body);
    }
    if (!isAuthorized(question)) {
        HttpAnswer refusal = jsonAnswer(401, {{"error", "who are you?"}});
        refusal.headers["WWW-Authenticate"] = "Basic realm=\"time-stamps\"";
        return refusal;
    }
    if (question.method != "POST" || type == question.headers.end() ||
        type->second != "application/timestamp-query")
        return jsonAnswer(415, {{"error", "POST application/timestamp-query"}});
    const auto serial = nextSerial();
    if (!serial) return jsonAnswer(500, {{"error", serial.error().text()}});
    HttpAnswer answer;
    answer.contentType = "application/timestamp-reply";
    answer.body = maker_->answer(question.body, *serial, nowUnix(), fault.value_or(Json()));
    if (fault) applyHttpFault(*fault, answer);
    return answer;
}

Json TsaSimulator::received() const {
    const std::scoped_lock lock(mutex_);
    return {{"requests", notes_}, {"last_serial", serial_}, {"revocation", revocation_->asked()}};
}

std::optional<std::string> TsaSimulator::receivedBytes(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), index);
    if (error != std::errc() || end != id.data() + id.size() || index >= requests_.size())
        return std::nullopt;
    return requests_[index];
}

void TsaSimulator::reset() {
    faults_.clear();
    revocation_->forget();
    static_cast<void>(applyConfiguredTrouble());  // it went well at the start
    const std::scoped_lock lock(mutex_);
    requests_.clear();
    notes_ = Json::array();
}

}  // namespace greffe::simulators
