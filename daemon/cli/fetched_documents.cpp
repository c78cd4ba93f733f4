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

#include <algorithm>
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

// Before anything is written: a folder that holds one of the names already gets none of the files.
Result<std::vector<std::string>> namesIn(int folder, const Json& documents) {
    std::vector<std::string> names;
    for (const Json& document : documents) {
        std::string name = fileNameOf(document);
        if (std::find(names.begin(), names.end(), name) != names.end())
            name = nameWithId(name, textOf(document, "id"));
        if (existsAt(folder, name))
            return makeError(Errc::Exists,
                             fmt::format("{} is there already; nothing was written", displayText(name)),
                             "name a folder that is empty, or new");
        names.push_back(std::move(name));
    }
    return names;
}

Status fetchOne(ControlClient& daemon, const std::string& dossier, const Json& document, int folder,
                const std::string& name) {
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(folder));
    GREFFE_TRY_ASSIGN(const Json answer,
                      daemon.ask("dossier.fetch",
                                 {{"dossier", dossier}, {"document", textOf(document, "id")}}, {file.get()}));
    static_cast<void>(answer);
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
    const auto names = namesIn(directory->get(), documents);
    if (!names) return failWith(arguments, names.error());
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const Status fetched = fetchOne(*daemon, dossier, documents[i], directory->get(), (*names)[i]);
        if (!fetched) return failWith(arguments, fetched.error());
        fmt::print(stderr, "written: {}/{}\n", displayText(folder), displayText((*names)[i]));
    }
    return kGood;
}

}  // namespace greffe
