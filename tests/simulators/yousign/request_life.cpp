// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/request_life.h"

#include "simulators/yousign/pdf_marks.h"

#include <Poco/UUIDGenerator.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace greffe::simulators {
namespace {

std::string sixDigits() {
    static std::mt19937 random{std::random_device{}()};
    return fmt::format("{:06}", std::uniform_int_distribution<int>(0, 999'999)(random));
}

bool isOver(const Signer& signer) {
    return signer.status == "signed" || signer.status == "declined" || signer.status == "error";
}

std::vector<PdfMark> marksOf(const SignatureRequest& request, const Signer& signer,
                             const SignedDocument& document) {
    std::vector<PdfMark> marks;
    for (const SignatureField& field : request.fields)
        if (field.signerId == signer.id && field.documentId == document.id && field.type == "signature")
            marks.push_back({static_cast<std::uint32_t>(numberOf(field.members, "page", 1)),
                             static_cast<double>(numberOf(field.members, "x")),
                             static_cast<double>(numberOf(field.members, "y")),
                             static_cast<double>(numberOf(field.members, "width", 85)),
                             static_cast<double>(numberOf(field.members, "height", 37))});
    return marks;
}

}  // namespace

std::string newUuid() {
    return Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
}

RequestLife::RequestLife(const YousignSettings& settings, const SimulatedClock& clock, Emit emit)
    : settings_(settings), clock_(clock), emit_(std::move(emit)) {}

void RequestLife::activate(SignatureRequest& request) {
    request.status = "ongoing";
    request.activatedAt = clock_.now();
    emit_("signature_request.activated", request, nullptr);
    invite(request);
}

// All at once, or with ordered signers the first who has not signed.
void RequestLife::invite(SignatureRequest& request) {
    for (Signer& each : request.signers) {
        if (each.status == "signed") continue;
        if (each.status == "initiated" || each.status == "aborted") {
            each.status = "notified";
            each.linkToken = newUuid();
            each.linkExpiresAt = clock_.now() + settings_.linkLife;
            emit_("signer.notified", request, &each);
        }
        if (request.isOrdered) return;
    }
}

void RequestLife::end(SignatureRequest& request, const std::string& status) {
    request.status = status;
    for (Signer& each : request.signers) {
        if (isOver(each)) continue;
        // What was processing must not end by itself when the request is taken up again.
        each.processingUntil.reset();
        if (settings_.signersOfEndedRequest == "aborted")
            each.status = "aborted";
        else if (each.status == "processing")
            each.status = "notified";
    }
}

void RequestLife::cancel(SignatureRequest& request, const std::string& reason, const std::string& note) {
    end(request, "canceled");
    request.cancellation = {{"reason", reason}, {"custom_note", note.empty() ? Json() : Json(note)}};
    emit_("signature_request.canceled", request, nullptr);
}

void RequestLife::reactivate(SignatureRequest& request, WallTime expiresAt) {
    request.status = settings_.statusAfterReactivation;
    request.expiresAt = expiresAt;
    emit_("signature_request.reactivated", request, nullptr);
    if (request.status == "ongoing") invite(request);
}

void RequestLife::remove(SignatureRequest& request, bool isForGood) {
    request.status = "deleted";
    emit_(isForGood ? "signature_request.permanently_deleted" : "signature_request.deleted", request,
          nullptr);
}

bool RequestLife::isTheirTurn(const SignatureRequest& request, const Signer& signer) const {
    return request.status == "ongoing" &&
           (signer.status == "notified" || signer.status == "verified" || signer.status == "consent_given");
}

void RequestLife::openLink(SignatureRequest& request, Signer& signer) {
    emit_("signer.link_opened", request, &signer);
}

void RequestLife::sign(SignatureRequest& request, Signer& signer) {
    signer.status = "processing";
    signer.consentAt = clock_.now();
    signer.processingUntil = clock_.now() + settings_.signingTime;
    if (settings_.signingTime.count() == 0) finishSigning(request, signer);
}

void RequestLife::finishSigning(SignatureRequest& request, Signer& signer) {
    signer.status = "signed";
    signer.signedAt = clock_.now();
    signer.processingUntil.reset();
    stamp(request, signer);
    const bool isLast = std::all_of(request.signers.begin(), request.signers.end(),
                                    [](const Signer& each) { return each.status == "signed"; });
    if (isLast) {
        request.status = "done";
        request.completedAt = clock_.now();
    }
    emit_("signer.done", request, &signer);
    if (isLast)
        emit_("signature_request.done", request, nullptr);
    else
        invite(request);
}

void RequestLife::stamp(SignatureRequest& request, const Signer& signer) {
    const std::string label = fmt::format("{} {}, {}", textOf(signer.info, "first_name"),
                                          textOf(signer.info, "last_name"), rfc3339(*signer.signedAt, "Z"));
    for (SignedDocument& document : request.documents) {
        const std::vector<PdfMark> marks = marksOf(request, signer, document);
        if (document.nature != "signable_document" || marks.empty()) continue;
        // It was examined when it came in; what cannot be marked all the same stays as it is.
        if (auto marked = addMarks(document.bytes, marks, label)) document.bytes = std::move(*marked);
        document.isSigned = true;
    }
}

void RequestLife::decline(SignatureRequest& request, Signer& signer, const std::string& reason) {
    signer.status = "declined";
    signer.declineReason = reason;
    request.declinedBy = signer.id;
    request.declinedAt = clock_.now();
    end(request, "declined");
    emit_("signer.declined", request, &signer);
    emit_("signature_request.declined", request, nullptr);
}

void RequestLife::fail(SignatureRequest& request, Signer& signer) {
    signer.status = "error";
    emit_("signer.error", request, &signer);
    cancel(request, "other", "signer error");
}

void RequestLife::expire(SignatureRequest& request) {
    end(request, "expired");
    emit_("signature_request.expired", request, nullptr);
}

void RequestLife::remind(SignatureRequest& request, Signer& signer) {
    ++signer.reminders;
    emit_("signature_request.reminder_executed", request, nullptr);
}

void RequestLife::sendCode(Signer& signer) {
    signer.code = sixDigits();
}

void RequestLife::renewLink(const SignatureRequest& request, Signer& signer) {
    if (signer.linkToken.empty() || request.status != "ongoing" || clock_.now() < signer.linkExpiresAt)
        return;
    signer.linkToken = newUuid();
    signer.linkExpiresAt = clock_.now() + settings_.linkLife;
}

void RequestLife::passTime(SignatureRequest& request) {
    if (request.status != "ongoing") return;
    for (Signer& each : request.signers)
        if (each.processingUntil && clock_.now() >= *each.processingUntil) finishSigning(request, each);
    if (request.status == "ongoing" && clock_.now() >= request.expiresAt) expire(request);
}

}  // namespace greffe::simulators
