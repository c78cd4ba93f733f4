// SPDX-License-Identifier: Apache-2.0
// The manifest that may come with a document: the side-car x.json beside x.pdf, or manifest.json inside a
// folder or an archive. Read in the documents pool, because it comes from outside.
//
//   {"type": "lease", "language": "fr",
//    "parties": [{"role": "tenant", "name": "…", "email": "…", "phone": "+33612345678", "language": "fr"}],
//    "data": {…},
//    "documents": {"lease": "bail.pdf", "identity": ["recto.pdf", "verso.pdf"]}}
//
// Every member is optional; an unknown one is an error: a misspelt "partys" must not send a contract to
// nobody. "documents" (slot → names of files) only where there are several files. daemon/intake/README.md has
// the whole form.
#pragma once

#include "workers/call.h"

#include <string>
#include <string_view>

namespace greffe {

// expectedJson, what the pipeline wants:
//   {"roles": [{"name": "tenant", "many": true, "optional": false}], "slots": ["lease"], "is_side_car": true}
//
// Facts: the manifest's members. Rejected(ManifestInvalid) says where ("line 3 column 7: …"), what is wrong
// and what is expected. An empty `text` is read as a manifest that is not there: it says nothing, and is
// wrong only when the pipeline cannot do without a party.
CallOutcome readManifestCall(std::string_view text, std::string_view expectedJson);

}  // namespace greffe
