// SPDX-License-Identifier: Apache-2.0
// The side-car that may lie beside a dropped document: x.pdf + x.json. Read in the documents pool, because it
// comes from outside.
//
//   {"type": "D", "language": "fr",
//    "parties": [{"role": "tenant", "name": "…", "email": "…", "phone": "+33612345678", "language": "fr"}],
//    "data": {…}}
//
// Every member is optional; an unknown one is an error: a misspelt "partys" must not send a contract to
// nobody.
#pragma once

#include "workers/call.h"

#include <string_view>

namespace greffe {

// Facts: type, language, parties, data. Rejected(ManifestInvalid) says what and where.
CallOutcome readManifestCall(std::string_view text);

}  // namespace greffe
