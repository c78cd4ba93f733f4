// SPDX-License-Identifier: Apache-2.0
// The facts of inspect and validate, as JSON. Their names and units are a contract: README.md lists them.
#pragma once

#include "examination.h"
#include "judgement.h"

#include <greffe/types.h>

#include <vector>

namespace greffe::document_pdf {

void recordFacts(const Examination& found, Outcome& outcome);
// The fact "findings": [{code, text, pages}].
void recordFindings(const std::vector<Finding>& findings, Outcome& outcome);

}  // namespace greffe::document_pdf
