// SPDX-License-Identifier: Apache-2.0
#include "judgement.h"

#include "display_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

namespace greffe::document_pdf {
namespace {

// Gravest first: what cannot be read, what is dangerous, what is not as wanted.
int gravity(Reason reason) {
    constexpr Reason kOrder[] = {Reason::LimitExceeded, Reason::Malformed,     Reason::PasswordNeeded,
                                 Reason::Encrypted,     Reason::ActiveContent, Reason::SignatureBroken,
                                 Reason::NotAccepted,   Reason::NoPages,       Reason::PageCount,
                                 Reason::PageSize};
    const auto* at = std::find(std::begin(kOrder), std::end(kOrder), reason);
    return static_cast<int>(at - std::begin(kOrder));
}

void sortByGravity(std::vector<Finding>& findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return gravity(a.reason) < gravity(b.reason);
    });
}

std::string countText(std::uint64_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string sizeText(const PageSize& size) {
    char text[64];
    std::snprintf(text, sizeof text, "%.0f × %.0f mm", static_cast<double>(size.widthMillimetres),
                  static_cast<double>(size.heightMillimetres));
    return text;
}

bool fits(const PageSize& page, const WantedSize& wanted, double tolerance) {
    const double width = static_cast<double>(page.widthMillimetres);
    const double height = static_cast<double>(page.heightMillimetres);
    // A hundredth more, because points are not whole millimetres: 595 points are 209.9.
    const auto isNear = [&](double a, double b) { return std::fabs(a - b) <= tolerance + 0.01; };
    const bool upright = isNear(width, wanted.shortMillimetres) && isNear(height, wanted.longMillimetres);
    const bool lying = isNear(width, wanted.longMillimetres) && isNear(height, wanted.shortMillimetres);
    switch (wanted.orientation) {
        case Orientation::Portrait: return upright;
        case Orientation::Landscape: return lying;
        case Orientation::Any: break;
    }
    return upright || lying;
}

std::string wantedText(const WantedSize& wanted) {
    const bool isLying = wanted.orientation == Orientation::Landscape;
    char size[64];
    std::snprintf(size, sizeof size, "%g × %g mm", isLying ? wanted.longMillimetres : wanted.shortMillimetres,
                  isLying ? wanted.shortMillimetres : wanted.longMillimetres);
    std::string text = wanted.name;
    if (wanted.orientation != Orientation::Any) text += isLying ? " landscape" : " portrait";
    return text == size ? text + " is wanted" : text + " is " + size;
}

void judgePageSizes(const Examination& found, const Profile& profile, std::vector<Finding>& findings) {
    if (!profile.pageSize) return;
    std::map<std::string, std::vector<std::uint32_t>> wrong;  // by what the size is
    Finding finding{Reason::PageSize, {}, {}};
    for (std::size_t i = 0; i < found.pages.pages.size(); ++i) {
        const PageSize& page = found.pages.pages[i];
        if (fits(page, *profile.pageSize, profile.toleranceMillimetres)) continue;
        const auto number = static_cast<std::uint32_t>(i + 1);
        wrong[sizeText(page)].push_back(number);
        finding.pages.push_back(number);
    }
    if (wrong.empty()) return;
    // In the order of the pages; a document of a thousand sizes is not described in full.
    std::vector<std::pair<std::vector<std::uint32_t>, std::string>> groups;
    for (auto& [size, pages] : wrong)
        groups.emplace_back(std::move(pages), size);
    std::sort(groups.begin(), groups.end());
    constexpr std::size_t kGroups = 5;
    for (std::size_t i = 0; i < groups.size() && i < kGroups; ++i) {
        const auto& [pages, size] = groups[i];
        finding.text += (i == 0 ? "" : ", ") +
                        (pages.size() == 1 ? "page " + std::to_string(pages[0]) + " is "
                                           : "pages " + rangesText(pages) + " are ") +
                        size;
    }
    if (groups.size() > kGroups)
        finding.text += ", and pages of " + std::to_string(groups.size() - kGroups) + " more sizes";
    finding.text += "; " + wantedText(*profile.pageSize);
    findings.push_back(std::move(finding));
}

void judgePageCount(const Examination& found, const Profile& profile, std::vector<Finding>& findings) {
    const std::size_t pages = found.pages.pages.size();
    // Without faults an empty tree is meant so; with them it says nothing.
    if (pages == 0 && found.faults.empty()) {
        findings.push_back({Reason::NoPages, "the document has no page", {}});
    } else if (pages < profile.minPages && pages > 0) {
        findings.push_back({Reason::PageCount,
                            "the document has " + countText(pages, "page", "pages") + ", at least " +
                                std::to_string(profile.minPages) + " are wanted",
                            {}});
    } else if (pages > profile.maxPages) {
        findings.push_back({Reason::PageCount,
                            "the document has " + countText(pages, "page", "pages") + ", at most " +
                                std::to_string(profile.maxPages) + " are accepted",
                            {}});
    }
}

void judgeActiveContent(const Examination& found, const Profile& profile, std::vector<Finding>& findings) {
    for (const auto& [feature, sight] : found.census.features) {
        const bool isRefused = (isActive(feature) && profile.refusesActiveContent) ||
                               (feature == Feature::EmbeddedFile && profile.refusesEmbeddedFiles);
        if (!isRefused) continue;
        std::string text = "the document contains " + std::string(featureText(feature)) + " (object";
        text += sight.objects.size() == 1 ? " " : "s ";
        text += rangesText(sight.objects, 5) + ")";
        findings.push_back({feature == Feature::EmbeddedFile ? Reason::NotAccepted : Reason::ActiveContent,
                            std::move(text),
                            {}});
    }
}

// A file that is an archive or a program as well, whoever opens it with another program.
void judgeForeignBytes(const Examination& found, const Profile& profile, std::vector<Finding>& findings) {
    if (!profile.refusesForeignBytes || (found.bytesBeforeHeader == 0 && found.bytesBehindEnd == 0)) return;
    findings.push_back(
        {Reason::NotAccepted,
         "the file has bytes that are not the PDF's: " + std::to_string(found.bytesBeforeHeader) +
             " in front of it, " + std::to_string(found.bytesBehindEnd) + " behind it",
         {}});
}

void judgeSignatures(const Examination& found, const Profile& profile, std::vector<Finding>& findings) {
    const SignatureReport& report = found.signatures;
    if (profile.signatures == SignatureDemand::None && !report.signatures.empty())
        findings.push_back({Reason::NotAccepted,
                            "the document carries " +
                                countText(report.signatures.size(), "signature", "signatures") +
                                ", and only unsigned documents are accepted",
                            {}});
    if (profile.signatures != SignatureDemand::MustHold) return;
    for (const SignatureStanding& signature : report.signatures)
        if (!signature.holds)
            findings.push_back(
                {Reason::SignatureBroken,
                 "the signature in field \"" + signature.fieldName + "\" does not hold: " + signature.why,
                 {}});
    if (report.lostSignatures > 0)
        findings.push_back({Reason::SignatureBroken,
                            countText(report.lostSignatures, "signature", "signatures") +
                                " of an earlier revision cannot be reached any more",
                            {}});
}

}  // namespace

std::vector<Finding> judgeForm(const Examination& found) {
    std::vector<Finding> findings;
    for (const pdf::Refusal& fault : found.faults)
        findings.push_back({fault.reason, fault.text, {}});
    sortByGravity(findings);
    return findings;
}

std::vector<Finding> judge(const Examination& found, const Profile& profile) {
    std::vector<Finding> findings = judgeForm(found);
    if (found.isEncrypted && profile.refusesEncryption)
        findings.push_back({Reason::Encrypted, "the document is encrypted", {}});
    judgeActiveContent(found, profile, findings);
    judgeForeignBytes(found, profile, findings);
    judgeSignatures(found, profile, findings);
    judgePageCount(found, profile, findings);
    judgePageSizes(found, profile, findings);
    sortByGravity(findings);
    return findings;
}

}  // namespace greffe::document_pdf
