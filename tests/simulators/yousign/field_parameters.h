// SPDX-License-Identifier: Apache-2.0
// Fields of a document, as a signer's body or a call of their own names them (sheet, 1.7).
#pragma once

#include "simulators/yousign/model.h"
#include "simulators/yousign/parameters.h"

#include <string>
#include <vector>

namespace greffe::simulators {

enum class FieldOrigin {
    Signer,    // inside POST signers: names its document
    Document,  // POST documents/{id}/fields: names its signer
};

// A field with a new id; what is wrong is added to `problems`, named behind `prefix` ("fields[0].").
SignatureField readField(const Json& body, const std::string& prefix, FieldOrigin origin,
                         std::vector<InvalidParameter>& problems);

}  // namespace greffe::simulators
