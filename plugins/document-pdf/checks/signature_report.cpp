// SPDX-License-Identifier: Apache-2.0
#include "signature_report.h"

#include "cms_check.h"
#include "display_text.h"
#include "file_end.h"
#include "pdf/lexer.h"
#include "pdf/signature_inventory.h"
#include "pdf/text.h"
#include "signature_place.h"
#include "timestamp_check.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::Nothing;
using pdf::Signature;
using pdf::Value;

constexpr std::size_t kMaxSignatures = 100;
// Each signature is over nearly the whole file.
constexpr std::uint64_t kMaxHashedBytes = 8ULL << 30U;

// "D:20261122103000+01'00'" as "2026-11-22T10:30:00+01:00"; empty for anything else.
std::string isoTime(std::string_view text) {
    if (text.substr(0, 2) == "D:") text.remove_prefix(2);
    std::string digits;
    while (!text.empty() && pdf::isDigit(text.front()) && digits.size() < 14) {
        digits += text.front();
        text.remove_prefix(1);
    }
    if (digits.size() != 14) return {};
    std::string zone;
    if (!text.empty() && text.front() == 'Z') zone = "Z";
    if (text.size() >= 3 && (text[0] == '+' || text[0] == '-') && pdf::isDigit(text[1]) &&
        pdf::isDigit(text[2])) {
        zone = std::string(text.substr(0, 3)) + ":00";
        if (text.size() >= 6 && text[3] == '\'' && pdf::isDigit(text[4]) && pdf::isDigit(text[5]))
            zone = std::string(text.substr(0, 3)) + ":" + std::string(text.substr(4, 2));
    }
    return digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2) + "T" +
           digits.substr(8, 2) + ":" + digits.substr(10, 2) + ":" + digits.substr(12, 2) + zone;
}

// The revision that ends at a signature's last byte, and what came after it.
struct SignedRevision {
    std::string why;  // why it is none; empty when it is one
    std::vector<std::pair<pdf::Reference, pdf::Reference>> signatures;  // field and dictionary
    Changes changes;
};

class Report {
public:
    Report(Document& document, const ObjectGraph& graph, Patience& patience)
        : document_(document), graph_(graph), patience_(patience) {}

    Expected<SignatureReport> make();

private:
    Check examine(const Signature& signature, SignatureStanding& standing);
    void readIntegrity(const Signature& signature, SignatureStanding& standing);
    void judge(const Signature& signature, std::uint64_t end, SignatureStanding& standing);
    void judgeChanges(const Signature& signature, SignatureStanding& standing, const Changes& changes);
    Check openRevision(std::uint64_t end, SignedRevision& revision);
    const Changes* changesAfter(const Signature& signature, std::uint64_t end, SignatureStanding& standing);
    Expected<std::string> claimedTime(const Signature& signature);
    bool isCertification(const Signature& signature);
    std::optional<std::int64_t> permissionFor(const Signature& signature) const;
    std::vector<std::uint64_t> knownContents();

    Document& document_;
    const ObjectGraph& graph_;
    Patience& patience_;
    pdf::SignatureInventory inventory_;
    std::vector<SignaturePlace> places_;
    SignatureReport report_;
    std::uint64_t hashedBytes_ = 0;
    // Signatures often end at the same byte: each revision is opened and compared once.
    std::map<std::uint64_t, SignedRevision> revisions_;
};

Expected<std::string> Report::claimedTime(const Signature& signature) {
    const Value raw = signature.dictionary.find("M");
    GREFFE_PDF_ASSIGN(const Value value, document_.resolve(raw));
    GREFFE_PDF_ASSIGN(const pdf::Object* apart, document_.holder(raw));
    const pdf::Object* owner = apart != nullptr ? apart : signature.owner;
    GREFFE_PDF_ASSIGN(const std::string text, document_.text(*owner, value));
    return isoTime(text);
}

// Whether the catalog's /Perms names this signature as the one that certifies.
bool Report::isCertification(const Signature& signature) {
    const auto permissions = document_.get(document_.catalog().root(), "Perms");
    if (!permissions) return false;
    const auto holder = document_.holder(permissions->find("DocMDP"));
    return holder && *holder != nullptr && signature.owner != nullptr && (*holder)->id == signature.owner->id;
}

TimestampStanding standingOf(const CmsFinding& cms) {
    // Several stamps over one signature: the first that is right counts, since each is a proof of its own.
    TimestampStanding standing;
    for (const std::string& der : cms.timestampTokens) {
        const TokenFinding token = checkToken(der, false, {cms.signatureValue, {}});
        standing = {TimestampState::Broken, token.time, token.cms.signer, token.why};
        if (token.isIntact) standing.state = TimestampState::Holds;
        if (token.isIntact) break;
        if (token.cms.lacksCertificate && token.why == token.cms.why)
            standing.state = TimestampState::NotVerifiable;
    }
    return standing;
}

void Report::readIntegrity(const Signature& signature, SignatureStanding& standing) {
    const SignaturePlace& place = places_.back();
    if (!place.why.empty()) {
        standing.why = place.why;
        return;
    }
    standing.coveredBytes = place.bytes.size();
    standing.coverage = place.end == document_.file().size() ? Coverage::WholeFile : Coverage::Revision;
    CmsFinding cms;
    if (signature.isTimestamp) {
        TokenFinding token = checkToken(place.contents, true, place.bytes);
        standing.isIntact = token.isIntact;
        standing.why = token.why;
        cms = std::move(token.cms);
        cms.digest = token.digest;
        standing.timestamp =
            TimestampStanding{token.isIntact ? TimestampState::Holds : TimestampState::Broken, token.time,
                              cms.signer, token.why};
    } else {
        cms = checkSignatureCms(place.contents, signature.subFilter, place.bytes);
        standing.isIntact = cms.isIntact;
        standing.why = cms.why;
        if (!cms.timestampTokens.empty()) standing.timestamp = standingOf(cms);
    }
    standing.signer = cms.signer;
    standing.certificate = cms.certificateSha256;
    standing.digest = cms.digest;
    standing.isWeakDigest = cms.isWeakDigest;
}

Check Report::examine(const Signature& signature, SignatureStanding& standing) {
    GREFFE_PDF_TRY(patience_.ask(places_.size(), inventory_.signatures.size()));
    standing.fieldName = displayText(signature.fieldName);
    standing.subFilter = displayText(signature.subFilter, 60);
    standing.isTimestamp = signature.isTimestamp;
    standing.isCertification = isCertification(signature);
    standing.permission = signature.permission;
    if (auto time = claimedTime(signature)) standing.claimedTime = *time;
    places_.push_back(placeOf(document_, signature));
    hashedBytes_ += places_.back().bytes.size();
    if (hashedBytes_ > kMaxHashedBytes)
        return pdf::limitExceeded("the signatures are over more than " +
                                  std::to_string(kMaxHashedBytes >> 30U) + " GiB together");
    readIntegrity(signature, standing);
    return Nothing{};
}

Check Report::openRevision(std::uint64_t end, SignedRevision& revision) {
    GREFFE_PDF_ASSIGN(const std::unique_ptr<Document> before,
                      Document::open(document_.file().substr(0, end), document_.limits()));
    const std::uint64_t newest = before->xref().sections().front().offset;
    const auto& sections = document_.xref().sections();
    const auto section = std::find_if(sections.begin(), sections.end(),
                                      [&](const auto& each) { return each.offset == newest; });
    if (section == sections.end() || before->xref().base() != document_.xref().base())
        return pdf::malformed("the file does not continue it");
    GREFFE_PDF_ASSIGN(const pdf::SignatureInventory inventory, pdf::readSignatures(*before));
    for (const Signature& signature : inventory.signatures)
        revision.signatures.emplace_back(signature.field, signature.owner->id);
    if (section == sections.begin()) return Nothing{};
    if (graph_.size() == 0) return pdf::malformed("what came after it cannot be read");
    revision.changes = compareRevisions(*before, document_, graph_);
    if (revision.changes.worst == ChangeKind::None) revision.changes.worst = ChangeKind::Housekeeping;
    return Nothing{};
}

// Null, and why in the standing, when the covered bytes are no revision of this file with this signature in
// it.
const Changes* Report::changesAfter(const Signature& signature, std::uint64_t end,
                                    SignatureStanding& standing) {
    auto [known, isNew] = revisions_.try_emplace(end);
    SignedRevision& revision = known->second;
    if (isNew)
        if (auto opened = openRevision(end, revision); !opened)
            revision.why = "what it covers is no revision of this document: " + opened.refusal().text;
    const std::pair own{signature.field, signature.owner->id};
    std::string why = revision.why;
    if (why.empty() &&
        std::find(revision.signatures.begin(), revision.signatures.end(), own) == revision.signatures.end())
        why = "the revision that it covers does not contain it";
    if (why.empty()) return &revision.changes;
    standing.coverage = Coverage::Wrong;
    standing.changes = ChangeKind::Undefined;
    standing.why = std::move(why);
    return nullptr;
}

// What a signature lets happen after it: its own word and the document's, the stricter one.
std::optional<std::int64_t> Report::permissionFor(const Signature& signature) const {
    if (signature.permission && inventory_.certification)
        return std::min(*signature.permission, *inventory_.certification);
    return signature.permission ? signature.permission : inventory_.certification;
}

void Report::judgeChanges(const Signature& signature, SignatureStanding& standing, const Changes& changes) {
    standing.changes = changes.worst;
    standing.marksAfter = changes.visibleMarks;
    if (standing.coverage != Coverage::WholeFile && !bytesBehindEnd(document_).empty()) {
        standing.changes = ChangeKind::Undefined;
        standing.why = "bytes that belong to no revision stand behind the end of the document";
        return;
    }
    for (std::size_t i = 0; i < inventory_.signatures.size(); ++i) {
        const std::uint32_t field = inventory_.signatures[i].field.number;
        if (std::find(changes.signedFields.begin(), changes.signedFields.end(), field) ==
            changes.signedFields.end())
            continue;
        if (report_.signatures[i].isIntact) continue;
        standing.changes = ChangeKind::Undefined;
        standing.why = "the later signature in field \"" + report_.signatures[i].fieldName + "\" is broken";
        return;
    }
    // Filling in a form is how a prepared document is made to say something else ("shadow" attacks): it does
    // no harm only where a certification says so.
    const std::optional<std::int64_t> permission = permissionFor(signature);
    constexpr ChangeKind kMost[] = {ChangeKind::Housekeeping, ChangeKind::FormFill, ChangeKind::Annotations};
    const ChangeKind most =
        permission ? kMost[std::clamp<std::int64_t>(*permission, 1, 3) - 1] : ChangeKind::Signatures;
    if (changes.worst > most) {
        standing.isPermissionRespected = !permission;
        standing.why = changes.text;
        if (permission)
            standing.why += " (only changes of P=" + std::to_string(*permission) + " are permitted)";
        return;
    }
    if (permission && changes.visibleMarks > 0) {
        standing.isPermissionRespected = false;
        standing.why = "a later signature put a visible mark on a page, and the document is certified";
        return;
    }
    for (const pdf::FieldLock& lock : signature.locks)
        for (const std::vector<std::string>* names : {&changes.filledFields, &changes.signedFieldNames})
            for (const std::string& name : *names)
                if (lock.locks(name)) {
                    standing.isLockRespected = false;
                    standing.why = "it locks the field \"" + displayText(name) + "\", which was changed";
                    return;
                }
}

void Report::judge(const Signature& signature, std::uint64_t end, SignatureStanding& standing) {
    if (!standing.why.empty()) {
        standing.changes =
            standing.coverage == Coverage::WholeFile ? ChangeKind::None : ChangeKind::Undefined;
        return;
    }
    const Changes* changes = changesAfter(signature, end, standing);
    if (changes == nullptr) return;
    judgeChanges(signature, standing, *changes);
    if (!standing.why.empty()) return;
    if (standing.timestamp && standing.timestamp->state == TimestampState::Broken)
        standing.why = "its time-stamp is broken: " + standing.timestamp->why;
    standing.holds = standing.why.empty();
}

// Where the /Contents of all signature dictionaries that can be reached begin: those of fields, and the usage
// rights of old Acrobat forms.
std::vector<std::uint64_t> Report::knownContents() {
    std::vector<std::uint64_t> offsets;
    for (const Signature& signature : inventory_.signatures)
        if (const Value contents = signature.dictionary.find("Contents"))
            offsets.push_back(document_.xref().base() + contents.begin());
    const auto permissions = document_.get(document_.catalog().root(), "Perms");
    for (const char* key : {"UR3", "UR", "DocMDP"}) {
        if (!permissions) break;
        const auto rights = document_.get(*permissions, key);
        if (const Value contents = rights ? rights->find("Contents") : Value())
            offsets.push_back(document_.xref().base() + contents.begin());
    }
    return offsets;
}

Expected<SignatureReport> Report::make() {
    GREFFE_PDF_ASSIGN(inventory_, pdf::readSignatures(document_));
    if (inventory_.signatures.size() > kMaxSignatures)
        return pdf::limitExceeded("the document has more than " + std::to_string(kMaxSignatures) +
                                  " signatures");
    report_.emptyFields = static_cast<std::uint32_t>(inventory_.emptyFields);
    report_.certification = inventory_.certification;
    report_.signatures.resize(inventory_.signatures.size());
    for (std::size_t i = 0; i < inventory_.signatures.size(); ++i)
        GREFFE_PDF_TRY(examine(inventory_.signatures[i], report_.signatures[i]));
    for (std::size_t i = 0; i < inventory_.signatures.size(); ++i) {
        GREFFE_PDF_TRY(patience_.ask(i, inventory_.signatures.size()));
        judge(inventory_.signatures[i], places_[i].end, report_.signatures[i]);
    }
    report_.lostSignatures = countLostSignatures(document_.file(), knownContents());
    return std::move(report_);
}

}  // namespace

Expected<SignatureReport> reportSignatures(Document& document, const ObjectGraph& graph, Patience& patience) {
    return Report(document, graph, patience).make();
}

}  // namespace greffe::document_pdf
