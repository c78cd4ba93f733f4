// SPDX-License-Identifier: Apache-2.0
#include "messages.h"

#include "der_reader.h"

#include <openssl/ts.h>

#include <iterator>

namespace greffe::tsa {
namespace {

constexpr unsigned char kBitString = 0x03;
constexpr unsigned char kUtf8String = 0x0C;

// RFC 3161, 2.4.2.
struct FailureBit {
    unsigned bit;
    const char* text;
};
constexpr FailureBit kFailures[] = {
    {0, "badAlg: the algorithm is not known there"},
    {2, "badRequest: not permitted or not supported"},
    {5, "badDataFormat: the data has the wrong format"},
    {14, "timeNotAvailable: its time source is not available"},
    {15, "unacceptedPolicy: the policy asked for is not offered"},
    {16, "unacceptedExtension: an extension is not offered"},
    {17, "addInfoNotAvailable: additional information is not available"},
    {25, "systemFailure: a failure inside the authority"},
};
constexpr const char* kStatuses[] = {"granted", "grantedWithMods",   "rejection",
                                     "waiting", "revocationWarning", "revocationNotification"};

// The authority's free text, short and harmless in a log.
std::string displayed(std::string_view text) {
    constexpr std::size_t kMaxBytes = 200;
    std::string shown(text.substr(0, kMaxBytes));
    for (char& c : shown)
        if (c < 0x20 || c > 0x7E) c = '?';
    return shown;
}

std::string failuresIn(std::string_view bitString) {
    std::string text;
    for (const FailureBit& failure : kFailures) {
        const std::size_t octet = 1 + failure.bit / 8;  // the first octet counts the unused bits
        if (octet < bitString.size() && (bitString[octet] & (0x80 >> failure.bit % 8)) != 0)
            text += std::string("; ") + failure.text;
    }
    return text;
}

Checked checkStatus(std::string_view statusInfo) {
    DerReader reader(statusInfo);
    DerElement status;
    if (!reader.read(status, kInteger) || status.content.size() != 1)
        return bad("the answer's status is not readable");
    const auto value = static_cast<unsigned char>(status.content.front());
    if (value <= 1) return {};
    std::string text = "the authority did not stamp: " +
                       (value < std::size(kStatuses) ? kStatuses[value] : "status " + std::to_string(value));
    DerElement part;
    if (reader.read(part, kSequence)) {
        DerReader strings(part.content);
        for (DerElement line; strings.read(line, kUtf8String);)
            text += "; \"" + displayed(line.content) + "\"";
    }
    if (reader.read(part, kBitString)) text += failuresIn(part.content);
    return Refusal{Reason::ProviderError, text};
}

}  // namespace

std::string writeRequest(const Question& question, const std::string& policyOid) {
    const sdk::OpenSsl<TS_REQ, TS_REQ_free> request(TS_REQ_new());
    const sdk::OpenSsl<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint(TS_MSG_IMPRINT_new());
    const sdk::OpenSsl<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
    const sdk::OpenSsl<BIGNUM, BN_free> number(BN_bin2bn(question.nonce, sizeof question.nonce, nullptr));
    const sdk::OpenSsl<ASN1_INTEGER, ASN1_INTEGER_free> nonce(
        number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
    if (!request || !imprint || !algorithm || !nonce) return {};
    unsigned char hash[sizeof question.imprint];
    std::copy(std::begin(question.imprint), std::end(question.imprint), hash);
    if (X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) != 1 ||
        TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) != 1 ||
        TS_MSG_IMPRINT_set_msg(imprint.get(), hash, sizeof hash) != 1 ||
        TS_REQ_set_version(request.get(), 1) != 1 ||
        TS_REQ_set_msg_imprint(request.get(), imprint.get()) != 1 ||
        TS_REQ_set_nonce(request.get(), nonce.get()) != 1 || TS_REQ_set_cert_req(request.get(), 1) != 1)
        return {};
    if (!policyOid.empty()) {
        const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj(policyOid.c_str(), 1));
        if (!policy || TS_REQ_set_policy_id(request.get(), policy.get()) != 1) return {};
    }
    unsigned char* bytes = nullptr;
    const int size = i2d_TS_REQ(request.get(), &bytes);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

Checked openAnswer(std::string_view answer, std::string_view& token) {
    DerReader outer(answer);
    DerElement response;
    if (!outer.read(response, kSequence) || !outer.isAtEnd())
        return bad("the answer is not one DER TimeStampResp");
    DerReader reader(response.content);
    DerElement statusInfo;
    if (!reader.read(statusInfo, kSequence)) return bad("the answer's status is not readable");
    if (Checked refusal = checkStatus(statusInfo.content)) return refusal;
    DerElement content;
    if (!reader.read(content, kSequence) || !reader.isAtEnd())
        return bad("the answer says granted and holds no token, or more than one");
    token = content.whole;
    return {};
}

}  // namespace greffe::tsa
