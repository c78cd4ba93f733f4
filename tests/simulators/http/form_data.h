// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578), as uploads use it.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace greffe::simulators {

struct FormPart {
    std::string name;
    std::string fileName;     // empty for a plain value
    std::string contentType;  // as sent; empty when not
    std::string bytes;
};

// Errc::Invalid for a type without boundary, a part without name, a body without its final boundary (a cut
// upload must never look like a shorter file).
Result<std::vector<FormPart>> readFormData(const std::string& contentType, const std::string& body);

// nullptr when there is none of this name.
const FormPart* partNamed(const std::vector<FormPart>& parts, const std::string& name);

}  // namespace greffe::simulators
