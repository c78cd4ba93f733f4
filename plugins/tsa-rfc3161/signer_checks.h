// SPDX-License-Identifier: Apache-2.0
// Who signed a token, and may they? Needs facts.genTimeUnix, fills in the authority's name and whether it is
// trusted.
#pragma once

#include "token.h"

#include <openssl/cms.h>

namespace greffe::tsa {

Checked checkSigner(CMS_ContentInfo* token, const Authority& authority, TokenFacts& facts);

}  // namespace greffe::tsa
