// SPDX-License-Identifier: Apache-2.0
#include "simulate/made_documents.h"

#include "base/bytes_text.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {

Result<std::vector<std::string>> writeMadeDocuments(World& world, const std::string& dossier,
                                                    const std::string& folder) {
    GREFFE_TRY(makeDirectories(folder));
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(folder));
    GREFFE_TRY_ASSIGN(const std::vector<DocumentRow> documents, world.reader().documents(dossier));
    std::vector<std::string> written;
    for (const DocumentRow& document : resultsOf(documents)) {
        GREFFE_TRY_ASSIGN(const auto blob, world.reader().blob(document.blob));
        if (!blob)
            return makeError(Errc::Corrupt,
                             fmt::format("the bytes of {} are gone", displayText(document.name)));
        GREFFE_TRY_ASSIGN(const UniqueFd bytes, world.spool().openBlob(*blob, true));
        GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(directory.get()));
        GREFFE_TRY(copyRange(bytes.get(), 0, document.sizeBytes, file.get()));
        const Status named = linkUnnamed(file.get(), directory.get(), document.name);
        if (!named)
            return makeError(
                named.error().code,
                fmt::format("{}/{}: {}", folder, displayText(document.name), named.error().message),
                "name a folder that is empty, or new");
        written.push_back(folder + "/" + document.name);
    }
    return written;
}

}  // namespace greffe
