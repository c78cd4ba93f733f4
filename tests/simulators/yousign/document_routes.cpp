// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/document_routes.h"

#include "base/sha256.h"
#include "simulators/yousign/downloads.h"
#include "simulators/yousign/field_parameters.h"
#include "simulators/yousign/pdf_marks.h"

#include <algorithm>
#include <iterator>
#include <regex>

namespace greffe::simulators {
namespace {

constexpr std::size_t kLargestDocument = 50U << 20U;
constexpr std::size_t kMostDocuments = 50, kMostFields = 500;

std::string valueOfPart(const std::vector<FormPart>& parts, const std::string& name) {
    const FormPart* part = partNamed(parts, name);
    return part == nullptr ? std::string() : part->bytes;
}

bool isImage(const std::string& contentType) {
    return contentType == "image/jpeg" || contentType == "image/jpg" || contentType == "image/png";
}

bool isDocumentName(const std::string& name) {
    return countCharacters(name) >= 1 && countCharacters(name) <= 128 &&
           name.find_first_of("/\\") == std::string::npos && name.front() != ' ' && name.back() != ' ';
}

}  // namespace

HttpAnswer fileAnswer(const YousignSettings& settings, const std::string& contentType,
                      const std::string& fileName, std::string bytes) {
    HttpAnswer answer;
    answer.contentType = contentType;
    answer.body = std::move(bytes);
    std::string quoted;
    for (const char c : fileName)
        quoted += c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
    if (settings.namesDownloads)
        answer.headers["Content-Disposition"] = "attachment; filename=\"" + quoted + "\"";
    return answer;
}

void DocumentRoutes::addTo(RouteTable& routes) {
    const std::string request = "/v3/signature_requests/{request}", all = request + "/documents",
                      one = all + "/{document}";
    const auto onRequest = [&](const char* name, const char* method, const std::string& path, auto handler) {
        routes.add(name, method, path, [this, handler](const HttpCall& call) {
            return account_.withRequest(
                call, [&](SignatureRequest& found) { return (this->*handler)(call, found); });
        });
    };
    const auto onDocument = [&](const char* name, const char* method, const std::string& path, auto act) {
        routes.add(name, method, path, [this, act](const HttpCall& call) {
            return account_.withDocument(
                call, [&](SignatureRequest& found, SignedDocument& file) { return act(call, found, file); });
        });
    };
    onRequest("add_document", "POST", all, &DocumentRoutes::upload);
    onRequest("list_documents", "GET", all, &DocumentRoutes::list);
    onRequest("download_documents", "GET", all + "/download", &DocumentRoutes::downloadAll);
    onRequest("download_audit_trails", "GET", request + "/audit_trails/download",
              &DocumentRoutes::downloadAuditTrails);
    onDocument("get_document", "GET", one, [this](const HttpCall&, SignatureRequest&, SignedDocument& file) {
        return jsonAnswer(200, account_.shown.document(file));
    });
    onDocument("change_document", "PATCH", one,
               [this](const HttpCall& call, SignatureRequest& found, SignedDocument& file) {
                   return change(call, found, file);
               });
    onDocument("delete_document", "DELETE", one,
               [this](const HttpCall&, SignatureRequest& found, SignedDocument& file) {
                   return remove(found, file);
               });
    onDocument("replace_document", "POST", one + "/replace",
               [this](const HttpCall& call, SignatureRequest& found, SignedDocument& file) {
                   return replace(call, found, file);
               });
    onDocument(
        "download_document", "GET", one + "/download",
        [this](const HttpCall&, SignatureRequest&, SignedDocument& file) { return downloadOne(file); });
    onDocument("add_field", "POST", one + "/fields",
               [this](const HttpCall& call, SignatureRequest& found, SignedDocument& file) {
                   return addField(call, found, file);
               });
    onDocument("list_fields", "GET", one + "/fields",
               [this](const HttpCall&, SignatureRequest& found, SignedDocument& file) {
                   Json data = Json::array();
                   for (const SignatureField& each : found.fields)
                       if (each.documentId == file.id) data.push_back(account_.shown.field(each));
                   return jsonAnswer(200, {{"meta", {{"next_cursor", nullptr}}}, {"data", data}});
               });
    onRequest("delete_field", "DELETE", one + "/fields/{field}", &DocumentRoutes::removeField);
}

Json DocumentRoutes::readInitials(const std::vector<FormPart>& parts,
                                  std::vector<InvalidParameter>& problems) {
    const bool isBracketed =
        partNamed(parts, "initials[alignment]") != nullptr || partNamed(parts, "initials[y]") != nullptr;
    const FormPart* whole = partNamed(parts, "initials");
    if (!isBracketed && whole == nullptr) return {};
    const bool wantsBrackets = account_.settings.initialsEncoding == "brackets";
    if (wantsBrackets != isBracketed) {
        problems.push_back({"initials", "This value is not encoded as expected."});
        return {};
    }
    Json initials = wantsBrackets ? Json{{"alignment", valueOfPart(parts, "initials[alignment]")},
                                         {"y", std::atoi(valueOfPart(parts, "initials[y]").c_str())}}
                                  : storedJson(whole->bytes);
    static const std::regex alignments("((top|bottom)-)?(left|center|right)");
    if (!std::regex_match(textOf(initials, "alignment"), alignments))
        problems.push_back({"initials.alignment", "This value is not valid."});
    if (initials.is_object()) initials["per_page"] = Json::array();
    return initials;
}

std::optional<HttpAnswer> DocumentRoutes::examine(SignedDocument& document) {
    document.uploadedSha256 = toHex(sha256(document.bytes));
    if (document.nature == "attachment" && isImage(document.contentType)) return std::nullopt;
    const auto facts = examinePdf(document.bytes);
    if (!facts) return account_.refusals.of(400, "document.analyze_error", facts.error().text());
    document.contentType = "application/pdf";
    document.totalPages = facts->pages;
    document.isProtected = facts->isProtected;
    document.totalAnchors = facts->anchors;
    return std::nullopt;
}

std::optional<HttpAnswer> DocumentRoutes::readUpload(const std::vector<FormPart>& parts,
                                                     SignedDocument& document) {
    std::vector<InvalidParameter> problems;
    const FormPart* file = partNamed(parts, "file");
    if (file == nullptr || file->fileName.empty())
        problems.push_back({"file", "This value should be a file."});
    document.nature = valueOfPart(parts, "nature");
    if (document.nature != "signable_document" && document.nature != "attachment")
        problems.push_back({"nature", "This value should be signable_document or attachment."});
    const FormPart* name = partNamed(parts, "name");
    if (name != nullptr && !isDocumentName(name->bytes))
        problems.push_back({"name", "This value is not valid."});
    const std::string anchors = valueOfPart(parts, "parse_anchors");
    if (!anchors.empty() && anchors != "true" && anchors != "false")
        problems.push_back({"parse_anchors", "This value should be true or false."});
    document.initials = readInitials(parts, problems);
    if (file != nullptr && file->bytes.size() > kLargestDocument)
        problems.push_back({"file", "The file is too large."});
    if (!problems.empty()) return account_.refusals.parameters(problems);
    document.fileName = name != nullptr ? name->bytes : file->fileName;
    document.contentType = file->contentType;
    document.bytes = file->bytes;
    if (auto refusal = examine(document)) return refusal;
    if (anchors != "true") document.totalAnchors = 0;
    return std::nullopt;
}

HttpAnswer DocumentRoutes::upload(const HttpCall& call, SignatureRequest& request) {
    if (call.mediaType() != "multipart/form-data") return account_.refusals.plain(415);
    if (request.status != "draft") return account_.refusals.wrongStatus("Adding a document", request.status);
    const auto parts = readFormData(call.header("content-type"), call.question.body);
    if (!parts) return account_.refusals.of(400, "about:blank", parts.error().text());
    if (request.documents.size() >= kMostDocuments)
        return account_.refusals.of(400, "validation.error", "Too many documents.");
    SignedDocument document;
    document.id = newUuid();
    document.createdAt = account_.clock.now();
    if (auto refusal = readUpload(*parts, document)) return *refusal;
    auto place = request.documents.end();
    if (const std::string after = valueOfPart(*parts, "insert_after_id"); !after.empty()) {
        place = std::find_if(request.documents.begin(), request.documents.end(),
                             [&](const SignedDocument& each) { return each.id == after; });
        if (place == request.documents.end())
            return account_.refusals.parameter("insert_after_id", "This document is not in the request.");
        ++place;
    }
    const auto added = request.documents.insert(place, std::move(document));
    return jsonAnswer(201, account_.shown.document(*added));
}

HttpAnswer DocumentRoutes::replace(const HttpCall& call, SignatureRequest& request,
                                   SignedDocument& document) {
    if (call.mediaType() != "multipart/form-data") return account_.refusals.plain(415);
    if (request.status != "draft")
        return account_.refusals.of(400, "document.not_replaceable", "The request is not a draft.");
    auto parts = readFormData(call.header("content-type"), call.question.body);
    if (!parts) return account_.refusals.of(400, "about:blank", parts.error().text());
    if (partNamed(*parts, "nature") == nullptr) parts->push_back({"nature", "", "", document.nature});
    SignedDocument replacement = document;
    if (auto refusal = readUpload(*parts, replacement)) return *refusal;
    document = std::move(replacement);
    return jsonAnswer(201, account_.shown.document(document));
}

HttpAnswer DocumentRoutes::list(const HttpCall& call, SignatureRequest& request) {
    const std::string nature = call.queryValue("nature");
    Json all = Json::array();
    for (const SignedDocument& each : request.documents)
        if (nature.empty() || each.nature == nature) all.push_back(account_.shown.document(each));
    return jsonAnswer(200, all);
}

HttpAnswer DocumentRoutes::change(const HttpCall& call, SignatureRequest& request, SignedDocument& document) {
    if (request.status != "draft") return account_.refusals.wrongStatus("A change", request.status);
    return account_.withBody(call, [&](const Json& body) {
        const std::string name = textOf(body, "name", document.fileName);
        if (!isDocumentName(name)) return account_.refusals.parameter("name", "This value is not valid.");
        document.fileName = name;
        return jsonAnswer(200, account_.shown.document(document));
    });
}

HttpAnswer DocumentRoutes::remove(SignatureRequest& request, SignedDocument& document) {
    if (request.status != "draft")
        return account_.refusals.wrongStatus("Removing a document", request.status);
    const std::string id = document.id;
    std::erase_if(request.fields, [&](const SignatureField& each) { return each.documentId == id; });
    request.documents.remove_if([&](const SignedDocument& each) { return each.id == id; });
    HttpAnswer answer;
    answer.status = 204;
    return answer;
}

HttpAnswer DocumentRoutes::downloadOne(const SignedDocument& document) {
    return fileAnswer(account_.settings, document.contentType, document.fileName, document.bytes);
}

HttpAnswer DocumentRoutes::downloadAll(const HttpCall& call, SignatureRequest& request) {
    if (call.queryValue("version", "current") == "completed" && request.status != "done")
        return account_.refusals.of(400, "document.unable_to_download_signature_request_not_in_done",
                                    "The signature request is not done.");
    if (request.documents.empty()) return account_.refusals.notFound("Document");
    const bool isOnlyOne = request.documents.size() == 1 && account_.settings.singleDownload == "pdf";
    if (isOnlyOne && call.queryValue("archive") != "true") return downloadOne(request.documents.front());
    std::vector<std::pair<std::string, std::string>> members;
    for (const SignedDocument& each : request.documents)
        members.emplace_back(each.fileName, each.bytes);
    return fileAnswer(account_.settings, "application/zip", "documents.zip", zipOf(members));
}

HttpAnswer DocumentRoutes::downloadAuditTrails(const HttpCall& call, SignatureRequest& request) {
    if (request.status != "done" ||
        account_.clock.now() < *request.completedAt + account_.settings.auditTrailDelay)
        return account_.refusals.of(400, "audit_trail.not_ready_for_download",
                                    "The audit trail is not ready yet.");
    std::vector<Json> trails;
    for (const Signer& each : request.signers)
        trails.push_back(account_.shown.auditTrail(request, each));
    const bool isMerged = call.queryValue("merge") == "true";
    if (trails.size() == 1 || isMerged)
        return fileAnswer(account_.settings, "application/pdf", "audit-trail.pdf", auditTrailPdf(trails));
    std::vector<std::pair<std::string, std::string>> members;
    for (const Json& each : trails)
        members.emplace_back("audit-trail-" + textOf(memberOf(each, "signer"), "id") + ".pdf",
                             auditTrailPdf({each}));
    return fileAnswer(account_.settings, "application/zip", "audit-trails.zip", zipOf(members));
}

HttpAnswer DocumentRoutes::addField(const HttpCall& call, SignatureRequest& request,
                                    SignedDocument& document) {
    if (request.status != "draft") return account_.refusals.wrongStatus("Adding a field", request.status);
    if (request.fields.size() >= kMostFields)
        return account_.refusals.of(400, "validation.error", "Too many fields.");
    return account_.withBody(call, [&](const Json& body) {
        std::vector<InvalidParameter> problems;
        SignatureField field = readField(body, "", FieldOrigin::Document, problems);
        field.documentId = document.id;
        const bool hasSigner = field.type != "read_only_text";
        if (hasSigner && YousignAccount::signer(request, field.signerId) == nullptr)
            problems.push_back({"signer_id", "This signer is not in the request."});
        if (document.totalPages && numberOf(field.members, "page", 1) > *document.totalPages)
            problems.push_back({"page", "The document has fewer pages."});
        if (!problems.empty()) return account_.refusals.parameters(problems);
        request.fields.push_back(field);
        return jsonAnswer(201, account_.shown.field(field));
    });
}

HttpAnswer DocumentRoutes::removeField(const HttpCall& call, SignatureRequest& request) {
    if (request.status != "draft") return account_.refusals.wrongStatus("Removing a field", request.status);
    const std::size_t removed = std::erase_if(request.fields, [&](const SignatureField& each) {
        return each.id == call.parameters.at("field") && each.documentId == call.parameters.at("document");
    });
    if (removed == 0) return account_.refusals.notFound("Field");
    HttpAnswer answer;
    answer.status = 204;
    return answer;
}

}  // namespace greffe::simulators
