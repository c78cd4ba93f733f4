// SPDX-License-Identifier: Apache-2.0
#include "simulate/page_pictures.h"

#include "sys/files.h"

#include <optional>

namespace greffe {
namespace {

constexpr std::uint32_t kLongestSide = 1200;
constexpr std::uint64_t kMostPictureBytes = 32U << 20U;

DocumentPages nothing(Reason why, std::string explanation) {
    DocumentPages pages;
    pages.whyNone = why;
    pages.explanation = std::move(explanation);
    return pages;
}

Result<CallInput> openDocument(World& world, const DocumentRow& document) {
    GREFFE_TRY_ASSIGN(const auto blob, world.reader().blob(document.blob));
    if (!blob) return makeError(Errc::Corrupt, "its bytes are gone");
    GREFFE_TRY_ASSIGN(UniqueFd bytes, world.spool().openBlob(*blob, true));
    CallInput input;
    input.fd = std::make_shared<UniqueFd>(std::move(bytes));
    input.sizeBytes = document.sizeBytes;
    input.sha256 = document.blob;
    input.slot = document.slot;
    input.name = document.name;
    input.mediaType = document.mediaType;
    return input;
}

// The world is at rest: nothing else wants the reactor.
CallOutcome ask(Stage& stage, CallTarget& workers, const std::string& instance, CallInput input) {
    CallRequest request;
    request.id = 1;  // alone in its pool
    request.operation = "preview";
    request.instance = instance;
    request.paramsJson =
        dumpJson({{"first_page", 1}, {"most_pages", kMostPicturedPages}, {"longest_side", kLongestSide}});
    request.inputs.push_back(std::move(input));
    std::optional<CallOutcome> answer;
    Reactor& reactor = stage.reactor();
    workers.submit(std::move(request), true, [&](CallOutcome outcome) {
        answer = std::move(outcome);
        reactor.stop();
    });
    while (!answer)
        reactor.run();
    return std::move(*answer);
}

DocumentPages pagesIn(const CallOutcome& outcome) {
    if (outcome.verdict != Verdict::Done) return nothing(outcome.reason, outcome.explanation);
    const Json facts = storedJson(outcome.factsJson);
    DocumentPages pages;
    pages.count = static_cast<std::uint32_t>(numberOf(facts, "pages"));
    for (const Json& image : memberOf(facts, "images")) {
        const std::string name = textOf(image, "artifact");
        for (const CallArtifact& artifact : outcome.artifacts) {
            if (artifact.name != name) continue;
            if (artifact.sizeBytes > kMostPictureBytes)
                return nothing(Reason::LimitExceeded, "a picture is larger than it may be");
            const auto bytes = MappedFile::map(artifact.fd->get(), 0, artifact.sizeBytes);
            if (!bytes) return nothing(Reason::StorageError, bytes.error().text());
            pages.pictures.push_back({static_cast<std::uint32_t>(numberOf(image, "page")),
                                      static_cast<std::uint32_t>(numberOf(image, "width")),
                                      static_cast<std::uint32_t>(numberOf(image, "height")),
                                      std::string(bytes->bytes())});
        }
    }
    return pages;
}

}  // namespace

std::map<std::string, DocumentPages> picturesOf(World& world, Stage& stage,
                                                const std::vector<DocumentRow>& documents) {
    std::string instance;
    CallTarget* const workers = stage.previewers(instance);
    std::map<std::string, DocumentPages> all;
    for (const DocumentRow& document : documents) {
        auto input = openDocument(world, document);
        if (workers == nullptr) {
            all[document.id] = nothing(Reason::PluginMissing, "no installed plugin offers preview/1");
        } else if (!input) {
            all[document.id] = nothing(Reason::BytesLost, input.error().text());
        } else {
            all[document.id] = pagesIn(ask(stage, *workers, instance, std::move(*input)));
        }
    }
    return all;
}

}  // namespace greffe
