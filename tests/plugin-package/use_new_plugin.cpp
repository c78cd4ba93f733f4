// SPDX-License-Identifier: Apache-2.0
// use_new_plugin new TEMPLATE ID TARGET     makes a plugin of the template
// use_new_plugin run FILE.so                loads it as a worker would, and has it make a cover page
#include "loader/host_services/host_base.h"
#include "loader/new_plugin.h"
#include "loader/plugin_instance.h"
#include "loader/plugin_library.h"
#include "loader/recorded_outcome.h"
#include "sys/files.h"

#include <greffe/capability/transformer.h>

#include <unistd.h>

#include <iostream>
#include <string>

namespace {

using namespace greffe;

int fail(const std::string& why) {
    std::cerr << "use_new_plugin: " << why << "\n";
    return 1;
}

int run(const std::string& path) {
    const auto metadata = readMetadata(path);
    if (!metadata) return fail(metadata.error().text());
    const auto library = PluginLibrary::load(*metadata);
    if (!library) return fail(library.error().text());
    HostBase host;
    auto instance = PluginInstance::create((*library)->descriptor(), host);
    if (!instance) return fail(instance.error().text());
    if (const Status started = instance->start(R"({"title":"Out of tree"})"); !started)
        return fail(started.error().text());
    DocumentView document;
    document.name = "lease.txt";
    document.mediaType = "text/plain";
    document.bytes = "one\ntwo\n";
    RecordedOutcome outcome;
    instance->capability<Transformer>()->transform(&document, 1, "{}", outcome);
    CallResult result = outcome.take();
    if (result.verdict != Verdict::Done || result.artifacts.size() != 1)
        return fail("no page: " + result.explanation);
    ::lseek(result.artifacts[0].file.get(), 0, SEEK_SET);
    const auto page = readAll(result.artifacts[0].file.get(), 1U << 20U);
    if (!page || page->find("Out of tree\n1 document, 8 bytes\n") != 0)
        return fail("another page than expected");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string command = argc > 1 ? argv[1] : "";
    if (command == "run" && argc == 3) return run(argv[2]);
    if (command != "new" || argc != 5) return fail("wrong arguments");
    const auto folder = newPlugin(argv[2], argv[3], argv[4]);
    return folder ? 0 : fail(folder.error().text());
}
