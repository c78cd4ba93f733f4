// SPDX-License-Identifier: Apache-2.0
#include "simulators/registry.h"

#include "simulators/signing/signing_simulator.h"
#include "simulators/sms/sms_simulator.h"
#include "simulators/smtp/smtp_simulator.h"
#include "simulators/tsa/tsa_simulator.h"
#include "simulators/yousign/yousign_simulator.h"

namespace greffe::simulators {
namespace {

template <class T>
std::unique_ptr<Simulator> make() {
    return std::make_unique<T>();
}

struct Entry {
    const char* name;
    std::unique_ptr<Simulator> (*make)();
};

constexpr Entry kSimulators[] = {
    {"signing", make<SigningSimulator>}, {"sms", make<SmsSimulator>},         {"smtp", make<SmtpSimulator>},
    {"tsa", make<TsaSimulator>},         {"yousign", make<YousignSimulator>},
};

}  // namespace

std::vector<std::string> simulatorNames() {
    std::vector<std::string> names;
    for (const Entry& entry : kSimulators)
        names.emplace_back(entry.name);
    return names;
}

std::unique_ptr<Simulator> makeSimulator(const std::string& name) {
    for (const Entry& entry : kSimulators)
        if (name == entry.name) return entry.make();
    return nullptr;
}

}  // namespace greffe::simulators
