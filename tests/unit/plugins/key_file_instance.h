// SPDX-License-Identifier: Apache-2.0
// One instance of the key-file plugin in a test, with its host.
#pragma once

#include "seal/digest_signing.h"
#include "support/fake_host.h"
#include "support/loaded_plugin.h"
#include "support/test_pki.h"

#include <ctime>
#include <string>

namespace greffe {

inline const PluginDescriptor& keyFilePlugin() {
    static const PluginDescriptor& descriptor = loadedPlugin("key-file");
    return descriptor;
}

// One instance and its life.
class KeyFileInstance {
public:
    KeyFileInstance()
        : host(static_cast<std::int64_t>(std::time(nullptr)) * 1000),
          instance(keyFilePlugin().create(host)) {}
    ~KeyFileInstance() {
        instance->cleanup();
        instance->release();
    }
    KeyFileInstance(const KeyFileInstance&) = delete;
    KeyFileInstance& operator=(const KeyFileInstance&) = delete;

    KeyFileInstance& pem(const TestIdentity& identity, const std::string& passphrase = {}) {
        host.setSecret("private_key", identity.keyPem(passphrase));
        host.setSecret("certificate", identity.chainPem());
        if (!passphrase.empty()) host.setSecret("passphrase", passphrase);
        return *this;
    }
    bool start(const std::string& options = "{}") {
        return instance->configure(std::string_view(options), problems) && instance->validate(problems) &&
               instance->provision(problems);
    }
    DigestSigner& signer() { return *instance->capability<DigestSigner>(); }
    // Empty when a seal was made.
    std::string seal() {
        auto signing = DigestSigning::open(signer());
        if (!signing) return signing.error().text();
        const auto made = signing->signDigest(std::string(32, 'd'));
        return made ? std::string() : made.error().text();
    }

    FakeHost host;
    HeardProblems problems;
    Instance* instance;
};

}  // namespace greffe
