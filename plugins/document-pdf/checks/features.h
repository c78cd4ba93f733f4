// SPDX-License-Identifier: Apache-2.0
// What a dictionary can do besides being shown: run, send, start, play, or carry other files.
//
// Looked for in every dictionary of every object that the document reaches, not only where an action ought to
// stand: an action is found behind any chain of references, inside object streams, and under names written
// with #xx. A dictionary that only looks like an action (a structure element of the type "Sound") is told
// apart by the keys that such an action needs.
#pragma once

#include "pdf/document.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

enum class Feature : std::uint8_t {
    // Active content.
    JavaScript,
    Launch,
    SubmitForm,
    ImportData,
    RemoteGoTo,
    EmbeddedGoTo,
    Rendition,
    Movie,
    Sound,
    RichMedia,
    ThreeD,
    Xfa,
    ExternalStream,
    PostScript,
    // Reported apart.
    EmbeddedFile,
    FontNotEmbedded,
};

// The name in facts and findings: "javascript", "launch", …
std::string_view featureName(Feature feature);
// How a sentence for people calls it: "JavaScript", "an action that starts a program", …
std::string_view featureText(Feature feature);
constexpr bool isActive(Feature feature) {
    return feature < Feature::EmbeddedFile;
}

// A font whose descriptor is an object of its own: embedded or not is decided there.
struct FontNeedsDescriptor {
    pdf::Reference descriptor;
};

struct DictFeatures {
    std::vector<Feature> found;
    std::vector<FontNeedsDescriptor> fonts;
};

// What one dictionary itself does; dictionaries inside it are asked for separately. `isStream` is whether it
// is the dictionary of a stream.
pdf::Check readFeatures(pdf::Document& document, const pdf::Value& dict, bool isStream,
                        DictFeatures& features);

// Whether a font descriptor carries its font program.
bool hasFontProgram(const pdf::Value& descriptor);

}  // namespace greffe::document_pdf
