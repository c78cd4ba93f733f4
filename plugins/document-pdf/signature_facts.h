// SPDX-License-Identifier: Apache-2.0
// The report on signatures as facts.
#pragma once

#include "checks/signature_report.h"

#include <greffe/types.h>

namespace greffe::document_pdf {

// "signatures", "empty_signature_fields", "lost_signatures", "certification_level".
void recordSignatureFacts(const SignatureReport& report, Outcome& outcome);

}  // namespace greffe::document_pdf
