// SPDX-License-Identifier: Apache-2.0
// One instance of an archive plugin in a test, and documents to call it with.
#pragma once

#include "support/fake_host.h"
#include "support/loaded_plugin.h"

#include <greffe/capability/archiver.h>
#include <greffe/capability/document_handler.h>
#include <greffe/capability/transformer.h>

#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace greffe {

class PluginUnderTest {
public:
    explicit PluginUnderTest(const std::string& id, const std::string& options = "{}")
        : instance(loadedPlugin(id).create(host)) {
        isReady = instance->configure(std::string_view(options), problems) && instance->validate(problems) &&
                  instance->provision(problems);
    }
    ~PluginUnderTest() {
        instance->cleanup();
        instance->release();
    }
    PluginUnderTest(const PluginUnderTest&) = delete;
    PluginUnderTest& operator=(const PluginUnderTest&) = delete;

    template <class Capability>
    Capability& use() {
        return *instance->capability<Capability>();
    }

    FakeHost host;
    HeardProblems problems;
    Instance* instance;
    bool isReady = false;
};

// Borrows all three.
inline DocumentView viewOf(const std::string& bytes, std::string_view name,
                           const char* mediaType = "application/octet-stream") {
    DocumentView view;
    view.name = name;
    view.mediaType = mediaType;
    view.bytes = bytes;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), view.sha256);
    return view;
}

inline std::string readBytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
inline void writeBytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string corpusFolder() {
    return std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus/hostile";
}

}  // namespace greffe
