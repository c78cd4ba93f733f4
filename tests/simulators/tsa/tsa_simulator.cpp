// SPDX-License-Identifier: Apache-2.0
#include "simulators/tsa/tsa_simulator.h"

#include "sys/files.h"

#include <openssl/evp.h>

#include <charconv>
#include <ctime>

namespace greffe::simulators {
namespace {

std::vector<std::string> allFaults() {
    std::vector<std::string> names = TokenMaker::faults();
    for (const std::string& each : httpFaults())
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
    : faults_(allFaults(), {}), service_([this](const HttpQuestion& question) { return answer(question); }) {}

TsaSimulator::~TsaSimulator() {
    service_.stop();
}

Result<Json> TsaSimulator::start(const Json& config, const std::string& directory) {
    const std::string key = textOf(config, "key", "p256");
    if (key != "p256" && key != "rsa2048")
        return makeError(Errc::Invalid, "tsa: key is \"p256\" or \"rsa2048\"");
    maker_ = std::make_unique<TokenMaker>(key == "p256" ? TestKey::P256 : TestKey::Rsa2048,
                                          textOf(config, "policy_oid", "1.2.3.4.1"));
    if (config.contains("username"))
        authorization_ = basic(textOf(config, "username"), textOf(config, "password"));

    serialFile_ = textOf(config, "serial_file", directory + "/serial");
    if (const auto text = readFile(serialFile_, 64))
        std::from_chars(text->data(), text->data() + text->size(), serial_);
    GREFFE_TRY_ASSIGN(const UniqueFd place, openDirectory(directory));
    GREFFE_TRY(replaceFile(place.get(), "root.pem", maker_->rootPem()));
    GREFFE_TRY(service_.start(static_cast<std::uint16_t>(numberOf(config, "port"))));
    return Json{{"port", service_.port()},
                {"url", service_.url() + "/"},
                {"root_pem", maker_->rootPem()},
                {"root_file", directory + "/root.pem"},
                {"policy_oid", maker_->policyOid()}};
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
    answer.body = maker_->answer(question.body, *serial, std::time(nullptr), fault.value_or(Json()));
    if (fault) applyHttpFault(*fault, answer);
    return answer;
}

Json TsaSimulator::received() const {
    const std::scoped_lock lock(mutex_);
    return {{"requests", notes_}, {"last_serial", serial_}};
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
    const std::scoped_lock lock(mutex_);
    requests_.clear();
    notes_ = Json::array();
}

}  // namespace greffe::simulators
