// SPDX-License-Identifier: Apache-2.0
// Time-stamp tokens (RFC 3161): is this token over that imprint, and does its own signature verify?
//
// Whether its authority is trusted is not asked here.
#pragma once

#include "cms_check.h"
#include "signed_bytes.h"

#include <string>
#include <string_view>

namespace greffe::document_pdf {

struct TokenFinding {
    CmsFinding cms;         // of the token's own signature; its signer is the authority
    bool isIntact = false;  // signature and imprint
    std::string why;
    std::string time;    // "2026-11-22T09:30:00Z"
    std::string digest;  // of the imprint
};

// A token over `bytes`: a document time-stamp (with the padding of its /Contents), or the stamp of a
// signature value.
TokenFinding checkToken(std::string_view der, bool isPadded, const SignedBytes& bytes);

}  // namespace greffe::document_pdf
