// SPDX-License-Identifier: Apache-2.0
#include "transform_template.h"

#include "temporary_text.h"

#include <greffe/sdk/document.h>
#include <greffe/sdk/log.h>
#include <greffe/sdk/options.h>

#include <vector>

namespace transform_template {

using greffe::Reason;
namespace sdk = greffe::sdk;

bool TransformTemplate::configure(greffe::Slice optionsJson, greffe::Problems& problems) noexcept {
    return sdk::guarded(problems, [&] {
        sdk::OptionsReader options(optionsJson, problems);
        title_ = options.text("title", "Contents");
        mostDocuments_ = options.whole("max_documents", 100, 1, 1000);
        options.secret("mark_key");
        if (title_.find('\n') != std::string::npos) options.error("title", "a title is one line");
        return options.finish();
    });
}

bool TransformTemplate::provision(greffe::Problems&) noexcept {
    // The handle only: the bytes stay with the host.
    if (auto* secrets = host().service<greffe::SecretsService>()) markKey_ = secrets->find("mark_key");
    return true;
}

void* TransformTemplate::query(greffe::Slice capabilityId) noexcept {
    return capabilityId.view() == greffe::Transformer::kId ? static_cast<greffe::Transformer*>(this)
                                                           : nullptr;
}

CountedDocument TransformTemplate::countOne(const greffe::DocumentView& document) {
    LineCounter counter;
    // Asks between the pieces whether to go on, and shows how far it is.
    sdk::inPieces(host(), document.bytes, [&](std::string_view piece) { counter.add(piece); });
    return {sdk::printableName(document.name), sdk::printableName(document.mediaType), document.bytes.size,
            counter.lines(), sdk::hex(document.sha256, sizeof document.sha256)};
}

std::string TransformTemplate::markOf(std::string_view page) {
    auto* secrets = host().service<greffe::SecretsService>();
    unsigned char mark[32];
    if (secrets == nullptr || markKey_ == greffe::SecretsService::kNone ||
        !secrets->hmacSha256(markKey_, page, mark))
        return {};
    return sdk::hex(mark, sizeof mark);
}

void TransformTemplate::transform(const greffe::DocumentView* documents, std::uint32_t count,
                                  greffe::Slice paramsJson, greffe::Outcome& outcome) noexcept {
    sdk::refusable(outcome, [&] {
        if (count > static_cast<std::uint64_t>(mostDocuments_))
            throw sdk::Refusal(Reason::LimitExceeded,
                               "more than " + std::to_string(mostDocuments_) + " documents");
        std::string problem;
        const auto params = sdk::JsonValue::parse(paramsJson, &problem);
        if (!params) throw sdk::Refusal(Reason::InvalidOptions, "the step's params are not JSON: " + problem);
        auto* clock = host().service<greffe::ClockService>();
        const std::int64_t beganMs = clock != nullptr ? clock->monotonicMs() : 0;

        // The heading has totals that are known at the end; the paragraphs wait in a temporary file.
        std::vector<CountedDocument> counted;
        TemporaryText paragraphs(host());
        for (std::uint32_t i = 0; i < count; ++i) {
            counted.push_back(countOne(documents[i]));
            paragraphs.append(paragraphOf(counted.back(), i + 1));
        }
        std::string page = headingOf(title_, sdk::printableName((*params)["date"].text()), counted);
        paragraphs.read([&](std::string_view piece) { page += piece; });

        // Facts before the verdict; the verdict last.
        sdk::fact(outcome, "documents", count);
        std::uint64_t lines = 0;
        for (const CountedDocument& one : counted)
            lines += one.lines;
        sdk::fact(outcome, "lines", lines);
        const std::string mark = markOf(page);
        if (!mark.empty()) {
            sdk::fact(outcome, "mark", mark);
            page += "\nMark " + mark + "\n";
        }
        sdk::ArtifactWriter(outcome, "cover", "text/plain").write(page);
        // The time it took goes into the log, not into the page: the same inputs must give the same bytes.
        sdk::Log(host()).info(
            "cover written",
            {{"documents", count}, {"milliseconds", clock != nullptr ? clock->monotonicMs() - beganMs : 0}});
        outcome.done();
    });
}

}  // namespace transform_template
