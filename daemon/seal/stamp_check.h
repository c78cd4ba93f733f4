// SPDX-License-Identifier: Apache-2.0
// Is this time-stamp token over what was asked, and the answer to that very question?
//
// Called in the documents worker before a token goes into a seal. The plugin that talked to the authority has
// checked more (signature, purpose, chain: plugins/tsa-rfc3161), but it lives in the process that has the
// network; and a token that is taken from the journal after a crash was checked by nobody since. Who signed
// it is not looked at here.
#pragma once

#include "base/result.h"

#include <string_view>

namespace greffe {

// `imprint`: the SHA-256 that was to be stamped; `nonce`: the bytes that went into the request.
// Errc::Corrupt: no token, or one over something else, or one that answers another question.
Status checkStamp(std::string_view token, std::string_view imprint, std::string_view nonce);

}  // namespace greffe
