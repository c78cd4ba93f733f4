// SPDX-License-Identifier: Apache-2.0
// The signed attribute that binds a token to one certificate (ESSCertID of RFC 2634, ESSCertIDv2 of RFC
// 5035/5816): without it a token could be shown with another certificate of the same key.
#pragma once

#include "authority.h"

#include <openssl/cms.h>

namespace greffe::tsa {

// At least one of the two kinds is there, and each that is there names `signer` first.
Checked checkEssCertificate(CMS_SignerInfo* info, X509* signer);

}  // namespace greffe::tsa
