// SPDX-License-Identifier: Apache-2.0
#include "cli/fetched_documents.h"

#include "base/bytes_text.h"
#include "cli/operator_call.h"
#include "cli/terminal.h"
#include "control/control_client.h"
#include "control/dossier_json.h"
#include "intake/folder_places.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// A name of a dossier may be anything a sender thought of; none leads out of the folder.
std::string fileNameOf(const Json& document) {
    std::string name = bytesOf(document, "name");
    for (char& letter : name)
        if (letter == '/' || letter == '\0') letter = '_';
    return name.empty() || name == "." || name == ".." ? textOf(document, "slot", "document") : name;
}

Result<std::string> fetchOne(ControlClient& daemon, const std::string& dossier, const Json& document,
                             int folder) {
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(folder));
    const std::string id = textOf(document, "id");
    GREFFE_TRY_ASSIGN(const Json answer,
                      daemon.ask("dossier.fetch", {{"dossier", dossier}, {"document", id}}, {file.get()}));
    static_cast<void>(answer);
    std::string name = fileNameOf(document);
    Status named = linkUnnamed(file.get(), folder, name);
    if (!named && named.error().code == Errc::Exists) {
        name = nameWithId(name, id);
        named = linkUnnamed(file.get(), folder, name);
    }
    if (!named)
        return makeError(named.error().code, fmt::format("{}: {}", displayText(name), named.error().message),
                         "name a folder that is empty, or new");
    return name;
}

}  // namespace

int fetchDocuments(const Arguments& arguments, const std::string& dossier, const Json& documents,
                   const std::string& folder) {
    if (const Status made = makeDirectories(folder); !made) return failWith(arguments, made.error());
    auto directory = openDirectory(folder);
    if (!directory) return failWith(arguments, directory.error());
    auto daemon = ControlClient::connect(controlSocketOf(arguments));
    if (!daemon) return failWith(arguments, daemon.error());
    for (const Json& document : documents) {
        auto name = fetchOne(*daemon, dossier, document, directory->get());
        if (!name) return failWith(arguments, name.error());
        fmt::print(stderr, "written: {}/{}\n", displayText(folder), displayText(*name));
    }
    return kGood;
}

}  // namespace greffe
