// SPDX-License-Identifier: Apache-2.0
#include "oneshot/jobs.h"

namespace greffe {
namespace {

// Archives have a handler of their own; everything else is judged as a PDF, and told that it is none.
std::string handlerFor(const std::string& mediaType) {
    for (const char* archive :
         {"application/zip", "application/zstd", "application/gzip", "application/x-tar"})
        if (mediaType == archive) return "document-archive";
    return "document-pdf";
}

}  // namespace

JobVerdict checkDocument(const HousePaths& paths, const CallInput& document, const Json& profile,
                         const OneShot::Began& began) {
    OneShot shot(planWith({}), paths, began);
    const CallOutcome outcome =
        shot.call(PoolKind::Documents,
                  callRequest("validate", handlerFor(document.mediaType), dumpJson(profile), {document}));
    return verdictOf(outcome, shot.trouble());
}

}  // namespace greffe
