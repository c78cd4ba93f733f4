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

#include <set>
#include <vector>

namespace greffe {
namespace {

// A name of a dossier may be anything a sender thought of; none leads out of the folder.
std::string fileNameOf(const Json& document) {
    std::string name = bytesOf(document, "name");
    for (char& letter : name)
        if (letter == '/' || letter == '\0') letter = '_';
    return name.empty() || name == "." || name == ".." ? textOf(document, "slot", "document") : name;
}

// One for each document, all of them free. A name that is taken gets the document's id into it.
Result<std::vector<std::string>> freeNames(const Json& documents, int folder) {
    std::vector<std::string> names;
    std::set<std::string> taken;
    const auto isTaken = [&](const std::string& name) {
        return taken.count(name) != 0 || existsAt(folder, name);
    };
    for (const Json& document : documents) {
        std::string name = fileNameOf(document);
        if (isTaken(name)) name = nameWithId(name, textOf(document, "id"));
        if (isTaken(name))
            return makeError(Errc::Exists,
                             fmt::format("{}: is there already; nothing was written", displayText(name)),
                             "name a folder that is empty, or new");
        taken.insert(name);
        names.push_back(std::move(name));
    }
    return names;
}

Status fetchOne(ControlClient& daemon, const std::string& dossier, const Json& document,
                const std::string& name, int folder) {
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(folder));
    const Json params = {{"dossier", dossier}, {"document", textOf(document, "id")}};
    GREFFE_TRY(daemon.ask("dossier.fetch", params, {file.get()}));
    // Not over what came there meanwhile.
    return linkUnnamed(file.get(), folder, name);
}

}  // namespace

int fetchDocuments(const Arguments& arguments, const std::string& dossier, const Json& documents,
                   const std::string& folder) {
    if (const Status made = makeDirectories(folder); !made) return failWith(arguments, made.error());
    auto directory = openDirectory(folder);
    if (!directory) return failWith(arguments, directory.error());
    auto daemon = ControlClient::connect(controlSocketOf(arguments));
    if (!daemon) return failWith(arguments, daemon.error());
    const auto names = freeNames(documents, directory->get());
    if (!names) return failWith(arguments, names.error());
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const std::string& name = (*names)[i];
        if (const Status fetched = fetchOne(*daemon, dossier, documents[i], name, directory->get());
            !fetched) {
            // The same command again shall find the folder as it was.
            for (std::size_t written = 0; written < i; ++written)
                static_cast<void>(removeFileAt(directory->get(), (*names)[written]));
            return failWith(arguments, fetched.error());
        }
        fmt::print(stderr, "written: {}/{}\n", displayText(folder), displayText(name));
    }
    return kGood;
}

}  // namespace greffe
