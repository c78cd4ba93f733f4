// SPDX-License-Identifier: Apache-2.0
// Signs a file that a test builds object by object, so that every part of a signature can be wrong on
// purpose.
#pragma once

#include "support/pdf_builder.h"
#include "support/test_signer.h"

#include <openssl/cms.h>

#include <cstdio>
#include <string>

namespace greffe::document_pdf {

inline const TestSigner& testSigner() {
    static const TestSigner signer(TestSigner::Key::P256);
    return signer;
}

// How a signature is made, and how it is made wrong.
struct Signing {
    std::string entries;  // further ones of the signature dictionary
    std::string subFilter = "ETSI.CAdES.detached";
    std::string type = "Sig";
    TestSigner::Fault fault = TestSigner::Fault::None;
    bool withTimestamp = false;         // a token over the signature value
    bool withForeignTimestamp = false;  // a token over another one
    bool isDocumentTimestamp = false;   // the contents are a token over the bytes
    std::string padding;                // written over the end of the padding
};

inline std::string hexOf(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += pair;
    }
    return text;
}

// The CMS with `token` among its unsigned attributes.
inline std::string withToken(const std::string& cms, const std::string& token) {
    const auto* at = reinterpret_cast<const unsigned char*>(cms.data());
    const sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free> parsed(
        d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms.size())));
    CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(parsed.get()), 0);
    CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, token.data(),
                                  static_cast<int>(token.size()));
    unsigned char* der = nullptr;
    const int size = i2d_CMS_ContentInfo(parsed.get(), &der);
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

// `builder`'s objects and a signature dictionary as object `number`, appended to `base` (or a file of its own
// when that is empty), signed over everything.
inline std::string signFile(PdfBuilder builder, std::uint32_t number, const std::string& base = "",
                            const Signing& how = {}) {
    constexpr std::size_t kHexDigits = 12'000;
    const std::string range = "[0 1111111111 2222222222 3333333333]";
    builder.set(number, "<</Type/" + how.type + "/Filter/Adobe.PPKLite/SubFilter/" + how.subFilter +
                            "/M(D:20261122103000+01'00')" + how.entries + "/ByteRange " + range +
                            "/Contents<" + std::string(kHexDigits, '0') + ">>>");
    std::string file = base.empty() ? builder.build() : builder.update(base);
    const std::size_t begin = file.rfind("/Contents<") + 9, end = begin + kHexDigits + 2;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "[0 %zu %zu %zu", begin, end, file.size() - end);
    const std::size_t at = file.rfind(range);
    file.replace(
        at, range.size(),
        std::string(numbers) + std::string(range.size() - std::string(numbers).size() - 1, ' ') + "]");
    const std::string digest = sha256Of(file.substr(0, begin), file.substr(end));
    std::string contents =
        how.isDocumentTimestamp ? testSigner().timestamp(digest) : testSigner().sign(digest, how.fault);
    if (how.withTimestamp || how.withForeignTimestamp) {
        const std::string value = TestSigner::signatureValue(contents);
        contents =
            withToken(contents, testSigner().timestamp(sha256Of(how.withTimestamp ? value : "another")));
    }
    std::string hex = hexOf(contents);
    hex.resize(kHexDigits, '0');
    hex.replace(hex.size() - how.padding.size(), how.padding.size(), how.padding);
    return file.replace(begin + 1, kHexDigits, hex);
}

// One page with an empty form field (5, "name") and a signature field (6, "Sig") whose signature is object 7.
inline PdfBuilder signablePage(const std::string& fieldEntries = "", const std::string& catalogEntries = "") {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(
        1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 6 0 R]/SigFlags 3>>" + catalogEntries + ">>");
    builder.set(
        3,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 9 0 R>>>>/Contents 4 0 "
        "R/Annots[5 0 R 6 0 R]>>");
    builder.set(5, "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/AP<</N 8 0 R>>>>");
    builder.set(6, "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/F 132/Rect[0 0 0 0]/P 3 0 R/V 7 0 R" +
                       fieldEntries + ">>");
    builder.setStream(8, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", "");
    builder.setStream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", "0 0 9 9 re f");
    return builder;
}

inline std::string signedPage(const Signing& how = {}, const std::string& fieldEntries = "",
                              const std::string& catalogEntries = "") {
    return signFile(signablePage(fieldEntries, catalogEntries), 7, "", how);
}

// The certification of level `p` that signature 7 makes.
inline std::string certifiedPage(int p) {
    Signing how;
    how.entries =
        "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P " +
        std::to_string(p) + "/V/1.2>>>>]";
    return signedPage(how, "", "/Perms<</DocMDP 7 0 R>>");
}

}  // namespace greffe::document_pdf
