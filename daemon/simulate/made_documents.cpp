// SPDX-License-Identifier: Apache-2.0
#include "simulate/made_documents.h"

#include "base/bytes_text.h"
#include "intake/folder_places.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <set>

namespace greffe {
namespace {

Status writeOne(World& world, const DocumentRow& document, int folder, const std::string& name) {
    GREFFE_TRY_ASSIGN(const auto blob, world.reader().blob(document.blob));
    if (!blob)
        return makeError(Errc::Corrupt, fmt::format("the bytes of {} are gone", displayText(document.name)));
    GREFFE_TRY_ASSIGN(const UniqueFd bytes, world.spool().openBlob(*blob, true));
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(folder));
    GREFFE_TRY(copyRange(bytes.get(), 0, document.sizeBytes, file.get()));
    const Status named = linkUnnamed(file.get(), folder, name);
    if (named) return {};
    return makeError(named.error().code, fmt::format("{}: {}", displayText(name), named.error().message),
                     "name a folder that is empty, or new");
}

}  // namespace

Result<std::vector<std::string>> writeMadeDocuments(World& world, const std::vector<std::string>& dossiers,
                                                    const std::string& folder) {
    GREFFE_TRY(makeDirectories(folder));
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(folder));
    std::set<std::string> names;
    std::vector<std::string> written;
    for (const std::string& dossier : dossiers) {
        GREFFE_TRY_ASSIGN(const std::vector<DocumentRow> documents, world.reader().documents(dossier));
        for (const DocumentRow& document : resultsOf(documents)) {
            std::string name = document.name;
            if (!names.insert(name).second) name = nameWithId(name, document.id);
            GREFFE_TRY(writeOne(world, document, directory.get(), name));
            written.push_back(folder + "/" + name);
        }
    }
    return written;
}

}  // namespace greffe
