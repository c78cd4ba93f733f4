// SPDX-License-Identifier: Apache-2.0
// What a validate step asks of a document: the step's options, read once. Options that are left out have the
// same defaults as the step's schema: careful ones.
#pragma once

#include "pdf/expected.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greffe::document_pdf {

enum class Orientation { Any, Portrait, Landscape };

struct WantedSize {
    std::string name;  // "A4", "120 × 80 mm"
    double shortMillimetres = 0;
    double longMillimetres = 0;
    Orientation orientation = Orientation::Any;
};

enum class SignatureDemand {
    Any,       // reported only
    MustHold,  // each one that is there holds, and none was taken out again
    None,      // there is none
};

struct Profile {
    std::optional<WantedSize> pageSize;
    double toleranceMillimetres = 2;
    std::uint64_t minPages = 1;
    std::uint64_t maxPages = 10'000;
    bool refusesEncryption = true;
    bool refusesActiveContent = true;
    bool refusesEmbeddedFiles = false;
    bool refusesForeignBytes = false;  // in front of the PDF or behind it
    SignatureDemand signatures = SignatureDemand::Any;
};

// InvalidOptions names the option. Options that the step itself reads (document, media_type, id …) are passed
// over; an option with a value of the wrong kind is not.
pdf::Expected<Profile> readProfile(std::string_view json);

}  // namespace greffe::document_pdf
