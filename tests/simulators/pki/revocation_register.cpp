// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/revocation_register.h"

namespace greffe::simulators {
namespace {

struct CrlReason {
    const char* name;
    int value;
};

// RFC 5280, 5.3.1; 7 is not used.
constexpr CrlReason kCrlReasons[] = {
    {"unspecified", 0},        {"keyCompromise", 1},        {"cACompromise", 2},    {"affiliationChanged", 3},
    {"superseded", 4},         {"cessationOfOperation", 5}, {"certificateHold", 6}, {"removeFromCRL", 8},
    {"privilegeWithdrawn", 9}, {"aACompromise", 10},
};

}  // namespace

void RevocationRegister::add(const std::string& serial) {
    const std::scoped_lock lock(mutex_);
    issued_[serial] = std::nullopt;
}

bool RevocationRegister::knows(const std::string& serial) const {
    const std::scoped_lock lock(mutex_);
    return issued_.count(serial) != 0;
}

void RevocationRegister::revoke(const std::string& serial, const Revocation& revocation) {
    const std::scoped_lock lock(mutex_);
    issued_[serial] = revocation;
}

std::optional<Revocation> RevocationRegister::revocationOf(const std::string& serial,
                                                           std::int64_t nowUnix) const {
    const std::scoped_lock lock(mutex_);
    const auto found = issued_.find(serial);
    if (found == issued_.end() || !found->second || found->second->atUnix > nowUnix) return std::nullopt;
    return found->second;
}

std::map<std::string, Revocation> RevocationRegister::revokedUntil(std::int64_t nowUnix) const {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, Revocation> revoked;
    for (const auto& [serial, revocation] : issued_)
        if (revocation && revocation->atUnix <= nowUnix) revoked[serial] = *revocation;
    return revoked;
}

void RevocationRegister::forgetRevocations() {
    const std::scoped_lock lock(mutex_);
    for (auto& [serial, revocation] : issued_)
        revocation.reset();
}

Result<int> crlReasonNamed(const std::string& name) {
    std::string names;
    for (const CrlReason& each : kCrlReasons) {
        if (name == each.name) return each.value;
        names += (names.empty() ? "" : " ") + std::string(each.name);
    }
    return makeError(Errc::Invalid, "there is no reason \"" + name + "\"", "one of: " + names);
}

}  // namespace greffe::simulators
