// SPDX-License-Identifier: Apache-2.0
// A document handed out: its bytes go into the file whose descriptor came with the request, so that none
// passes through the socket and nothing is written but with the client's own rights.
#include "base/bytes_text.h"
#include "control/operation.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;

// Empty, so that what is there afterwards is the document and nothing else.
Status checkTarget(int fd) {
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    const int flags = fcntl(fd, F_GETFL);
    if (!facts.isRegular() || facts.sizeBytes != 0 || flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return makeError(Errc::Invalid,
                         "dossier.fetch: the descriptor must be an empty regular file to write to");
    return {};
}

Result<Json> fetchDocument(ControlDesk& desk, const OperationCall& call) {
    const int target = call.descriptors.front().get();
    GREFFE_TRY(checkTarget(target));
    GREFFE_TRY_ASSIGN(const auto reader, desk.store.openReader());
    GREFFE_TRY_ASSIGN(const DossierRows rows, readDossierRows(*reader, textOf(call.params, "dossier")));
    const std::string id = textOf(call.params, "document");
    const auto document = std::find_if(rows.documents.begin(), rows.documents.end(),
                                       [&](const DocumentRow& row) { return row.id == id; });
    if (document == rows.documents.end())
        return makeError(Errc::NotFound,
                         fmt::format("dossier {} has no document {}", rows.dossier.id, displayText(id)),
                         "dossier.show names its documents");
    GREFFE_TRY_ASSIGN(const auto blob, reader->blob(document->blob));
    if (!blob)
        return makeError(Errc::NotFound,
                         fmt::format("the bytes of {} are not kept any more: the dossier was erased",
                                     displayText(document->name)));
    GREFFE_TRY_ASSIGN(const UniqueFd bytes, desk.spool.openBlob(*blob, true));
    GREFFE_TRY(copyRange(bytes.get(), 0, blob->sizeBytes, target));
    return Json{{"sha256", toHex(blob->sha256)}, {"size_bytes", blob->sizeBytes}};
}

void fetch(ControlDesk& desk, const CallPtr& call) {
    if (call->descriptors.size() != 1)
        return call->reply->finish(makeError(
            Errc::Invalid, "dossier.fetch: the descriptor of an empty file must come with the request"));
    const Status started = desk.jobs.start(
        [&desk, call](const std::atomic<bool>&) { call->reply->finish(fetchDocument(desk, *call)); });
    if (!started) call->reply->finish(started.error());
}

}  // namespace

std::vector<Operation> fetchOperations() {
    return {{"dossier.fetch", {{"dossier", Kind::Text, true}, {"document", Kind::Text, true}}, fetch}};
}

}  // namespace greffe
