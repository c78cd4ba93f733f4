// SPDX-License-Identifier: Apache-2.0
// After cleanup() no copy of a seal key may be left in the worker's memory: it would end in a core dump or a
// swap file. OpenSSL's own readers do leave one (3.0.22), which is why the keys worker has them overwrite
// what they free.
#include "seal/wiping_memory.h"
#include "unit/plugins/key_file_instance.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>

namespace greffe {
namespace {

const bool kIsWiping = wipeFreedOpenSslMemory();  // as the worker does, before anything of OpenSSL runs

std::string inverted(std::string text) {
    for (char& c : text)
        c = static_cast<char>(~c);
    return text;
}

// Made in a child process, so that this one never held the key but through the plugin. All strings are
// inverted: the search must not find its own needles.
struct Secrets {
    std::string keyFile;
    std::string certificates;
    std::vector<std::string> needles;
};

void appendNumber(EVP_PKEY* key, const char* name, std::vector<std::string>& needles) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1) std::abort();
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    needles.push_back(bytes.substr(bytes.size() - 24));         // as in a file
    needles.emplace_back(bytes.rbegin(), bytes.rbegin() + 24);  // as in a BIGNUM's words
}

std::vector<std::string> needlesOf(EVP_PKEY* key) {
    std::vector<std::string> needles;
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        appendNumber(key, OSSL_PKEY_PARAM_PRIV_KEY, needles);
        return needles;
    }
    for (const char* name : {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2})
        appendNumber(key, name, needles);
    return needles;
}

Secrets madeElsewhere(TestKey kind, const std::function<std::string(const TestIdentity&)>& write,
                      bool isText) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t child = fork();
    if (child == 0) {
        TestPki pki;
        const TestIdentity identity = pki.seal(kind);
        std::vector<std::string> parts = needlesOf(identity.key.get());
        const std::string file = write(identity);
        if (isText) parts.push_back(file.substr(file.size() - 100, 40));
        parts.insert(parts.begin(), {file, identity.chainPem()});
        for (const std::string& part : parts) {
            const std::size_t size = part.size();
            const std::string bytes = inverted(part);
            if (::write(ends[1], &size, sizeof size) < 0 || ::write(ends[1], bytes.data(), size) < 0)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    std::vector<std::string> parts;
    for (std::size_t size = 0; read(ends[0], &size, sizeof size) == sizeof size;) {
        std::string& part = parts.emplace_back(size, '\0');
        for (std::size_t at = 0; at < size;)
            at += static_cast<std::size_t>(std::max<ssize_t>(read(ends[0], part.data() + at, size - at), 0));
    }
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return {parts.at(0), parts.at(1), {parts.begin() + 2, parts.end()}};
}

bool standsAt(const char* at, const std::string& needle) {
    for (std::size_t i = 0; i < needle.size(); ++i)
        if (at[i] != static_cast<char>(~needle[i])) return false;
    return true;
}

int countIn(std::string_view region, const std::vector<std::string>& needles) {
    int found = 0;
    for (const std::string& needle : needles) {
        const char* at = region.data();
        const char* const end = region.data() + region.size() - std::min(region.size(), needle.size() - 1);
        const int first = static_cast<unsigned char>(~needle[0]);
        while (at < end && (at = static_cast<const char*>(
                                std::memchr(at, first, static_cast<std::size_t>(end - at)))) != nullptr) {
            found += standsAt(at, needle) ? 1 : 0;
            ++at;
        }
    }
    return found;
}

// How often one of the needles stands in this process's writable memory, the stack aside.
int countInMemory(const std::vector<std::string>& needles) {
    constexpr std::size_t kChunk = 1U << 20U;
    constexpr unsigned long kLargestMapping = 1UL << 30U;  // a sanitizer's shadow has terabytes, and no keys
    std::string buffer(kChunk, '\0');
    std::ifstream maps("/proc/self/maps");
    std::ifstream memory("/proc/self/mem", std::ios::binary);
    int found = 0;
    for (std::string line; std::getline(maps, line);) {
        unsigned long from = 0;
        unsigned long to = 0;
        char access[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, access) != 3 || access[1] != 'w') continue;
        if (line.find("[stack]") != std::string::npos) continue;
        if (to - from > kLargestMapping) continue;
        for (unsigned long at = from; at < to; at += kChunk) {
            memory.clear();
            memory.seekg(static_cast<std::streamoff>(at));
            memory.read(buffer.data(),
                        static_cast<std::streamsize>(std::min<unsigned long>(kChunk, to - at)));
            found += countIn({buffer.data(), static_cast<std::size_t>(memory.gcount())}, needles);
            OPENSSL_cleanse(buffer.data(), buffer.size());
        }
    }
    return found;
}

struct Form {
    const char* name;
    TestKey key;
    const char* option;
    const char* passphrase;
    std::string (*write)(const TestIdentity&);
};

void PrintTo(const Form& form, std::ostream* out) {
    *out << form.name;
}

std::string plain(const TestIdentity& identity) {
    return identity.keyPem();
}
std::string traditional(const TestIdentity& identity) {
    return identity.keyPemTraditional();
}
std::string encrypted(const TestIdentity& identity) {
    return identity.keyPem("ouvre-toi");
}
std::string modern(const TestIdentity& identity) {
    return identity.pkcs12("ouvre-toi");
}
std::string rc2(const TestIdentity& identity) {
    return identity.pkcs12("ouvre-toi", Pkcs12Encryption::Rc2);
}

const Form kForms[] = {
    {"P256Pem", TestKey::P256, "private_key", "", plain},
    {"P256Traditional", TestKey::P256, "private_key", "", traditional},
    {"P256Encrypted", TestKey::P256, "private_key", "ouvre-toi", encrypted},
    {"P256Pkcs12", TestKey::P256, "pkcs12", "ouvre-toi", modern},
    {"P256Rc2", TestKey::P256, "pkcs12", "ouvre-toi", rc2},
    {"RsaPem", TestKey::Rsa2048, "private_key", "", plain},
    {"RsaTraditional", TestKey::Rsa2048, "private_key", "", traditional},
    {"RsaEncrypted", TestKey::Rsa2048, "private_key", "ouvre-toi", encrypted},
    {"RsaPkcs12", TestKey::Rsa2048, "pkcs12", "ouvre-toi", modern},
    {"RsaRc2", TestKey::Rsa2048, "pkcs12", "ouvre-toi", rc2},
};

class KeyResidue : public ::testing::TestWithParam<Form> {};

TEST_P(KeyResidue, NoCopyOfTheKeyStaysBehind) {
    ASSERT_TRUE(kIsWiping);
    const Form& form = GetParam();
    const bool isText = std::string_view(form.option) == "private_key";
    const Secrets secrets = madeElsewhere(form.key, form.write, isText);
    ASSERT_EQ(countInMemory(secrets.needles), 0) << "the test itself holds the key";
    KeyFileInstance key;
    key.host.setSecret(form.option, inverted(secrets.keyFile));
    if (isText) key.host.setSecret("certificate", inverted(secrets.certificates));
    if (*form.passphrase != '\0') key.host.setSecret("passphrase", form.passphrase);
    ASSERT_TRUE(key.start()) << key.problems.all();
    EXPECT_EQ(key.seal(), "");
    key.host.wipeSecrets();
    EXPECT_GT(countInMemory(secrets.needles), 0) << "the search does not find a key that is in use";
    key.instance->cleanup();
    EXPECT_EQ(countInMemory(secrets.needles), 0);
}

std::string formName(const ::testing::TestParamInfo<Form>& form) {
    return form.param.name;
}
INSTANTIATE_TEST_SUITE_P(Forms, KeyResidue, ::testing::ValuesIn(kForms), formName);

}  // namespace
}  // namespace greffe
