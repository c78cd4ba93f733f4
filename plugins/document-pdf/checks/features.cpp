// SPDX-License-Identifier: Apache-2.0
#include "features.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Nothing;
using pdf::Value;

struct FeatureWords {
    Feature feature;
    std::string_view name;
    std::string_view text;
};
constexpr FeatureWords kWords[] = {
    {Feature::JavaScript, "javascript", "JavaScript"},
    {Feature::Launch, "launch", "an action that starts a program"},
    {Feature::SubmitForm, "submit_form", "an action that sends the form away"},
    {Feature::ImportData, "import_data", "an action that reads data from another file"},
    {Feature::RemoteGoTo, "go_to_remote", "a link into another file"},
    {Feature::EmbeddedGoTo, "go_to_embedded", "a link into an embedded file"},
    {Feature::Rendition, "rendition", "an action that plays media"},
    {Feature::Movie, "movie", "a movie"},
    {Feature::Sound, "sound", "a sound"},
    {Feature::RichMedia, "rich_media", "rich media"},
    {Feature::ThreeD, "3d", "3D artwork"},
    {Feature::Xfa, "xfa", "an XFA form"},
    {Feature::ExternalStream, "external_stream", "a stream whose bytes are in another file"},
    {Feature::PostScript, "postscript", "PostScript"},
    {Feature::EmbeddedFile, "embedded_file", "an embedded file"},
    {Feature::FontNotEmbedded, "font_not_embedded", "a font that is not embedded"},
};

const FeatureWords& wordsOf(Feature feature) {
    return kWords[static_cast<std::size_t>(feature)];
}

struct NamedFeature {
    std::string_view name;
    Feature feature;
    // An action is one only with one of these keys; empty: the name alone is enough.
    std::array<std::string_view, 3> needs;
};
constexpr NamedFeature kActions[] = {
    {"JavaScript", Feature::JavaScript, {}},      {"Launch", Feature::Launch, {}},
    {"SubmitForm", Feature::SubmitForm, {}},      {"ImportData", Feature::ImportData, {}},
    {"GoToR", Feature::RemoteGoTo, {}},           {"GoToE", Feature::EmbeddedGoTo, {}},
    {"Rendition", Feature::Rendition, {}},        {"RichMediaExecute", Feature::RichMedia, {}},
    {"GoTo3DView", Feature::ThreeD, {}},          {"Movie", Feature::Movie, {"Operation", "Annotation", "T"}},
    {"Sound", Feature::Sound, {"Sound", "", ""}},
};
// Annotation types that are content of their own kind.
constexpr NamedFeature kSubtypes[] = {
    {"RichMedia", Feature::RichMedia, {"Rect", "RichMediaContent", ""}},
    {"3D", Feature::ThreeD, {"Rect", "3DD", ""}},
    {"Movie", Feature::Movie, {"Rect", "Movie", ""}},
    {"Sound", Feature::Sound, {"Rect", "Sound", ""}},
};

bool fits(const NamedFeature& candidate, const Value& name, const Value& dict) {
    if (!name.isName(candidate.name)) return false;
    if (candidate.needs[0].empty()) return true;
    return std::any_of(candidate.needs.begin(), candidate.needs.end(),
                       [&](std::string_view key) { return !key.empty() && dict.find(key); });
}

template <std::size_t N>
void addNamed(const NamedFeature (&table)[N], const Value& name, const Value& dict,
              std::vector<Feature>& found) {
    for (const NamedFeature& candidate : table)
        if (fits(candidate, name, dict)) found.push_back(candidate.feature);
}

// Whether a key can be one that is looked for. Asked for every key of every dictionary, so it must be cheap.
bool mayMatter(const Value& key) {
    const std::string_view token = key.bytes();
    return token.size() > 1 && std::string_view("SJXEF#").find(token[1]) != std::string_view::npos;
}

Check readFont(Document& document, const Value& dict, const Value& subtype, DictFeatures& features) {
    constexpr std::string_view kWithProgram[] = {"Type1", "MMType1", "TrueType", "CIDFontType0",
                                                 "CIDFontType2"};
    if (std::none_of(std::begin(kWithProgram), std::end(kWithProgram),
                     [&](std::string_view name) { return subtype.isName(name); }) ||
        !dict.find("BaseFont"))
        return Nothing{};
    const Value descriptor = dict.find("FontDescriptor");
    if (descriptor.isReference()) {
        features.fonts.push_back({descriptor.reference()});
        return Nothing{};
    }
    GREFFE_PDF_ASSIGN(const Value direct, document.resolve(descriptor));
    if (!hasFontProgram(direct)) features.found.push_back(Feature::FontNotEmbedded);
    return Nothing{};
}

}  // namespace

std::string_view featureName(Feature feature) {
    return wordsOf(feature).name;
}
std::string_view featureText(Feature feature) {
    return wordsOf(feature).text;
}

bool hasFontProgram(const Value& descriptor) {
    return !descriptor.find("FontFile").isNull() || !descriptor.find("FontFile2").isNull() ||
           !descriptor.find("FontFile3").isNull();
}

Check readFeatures(Document& document, const Value& dict, bool isStream, DictFeatures& features) {
    // One walk over the keys; only the few that matter are resolved. Of a key that stands twice both count:
    // readers disagree on which one does.
    std::vector<Feature>& found = features.found;
    Value subtype;
    bool hasScript = false;
    for (Value key = dict.firstChild(); key; key = key.nextSibling().nextSibling()) {
        if (!mayMatter(key)) continue;
        const Value value = key.nextSibling();
        if (key.isName("S")) {
            GREFFE_PDF_ASSIGN(const Value action, document.resolve(value));
            addNamed(kActions, action, dict, found);
        } else if (key.isName("Subtype")) {
            GREFFE_PDF_ASSIGN(subtype, document.resolve(value));
            addNamed(kSubtypes, subtype, dict, found);
            if (isStream && subtype.isName("PS")) found.push_back(Feature::PostScript);
        } else if (value.isNull()) {
            continue;
        } else if (key.isName("JS")) {
            hasScript = true;
        } else if (key.isName("XFA")) {
            found.push_back(Feature::Xfa);
        } else if (key.isName("EF")) {
            found.push_back(Feature::EmbeddedFile);
        } else if (key.isName("F") && isStream) {
            found.push_back(Feature::ExternalStream);
        } else if (key.isName("Subtype2") && isStream && value.isName("PS")) {
            found.push_back(Feature::PostScript);
        }
    }
    const bool isKnownScript = std::find(found.begin(), found.end(), Feature::JavaScript) != found.end();
    if (hasScript && !isKnownScript) found.push_back(Feature::JavaScript);
    return readFont(document, dict, subtype, features);
}

}  // namespace greffe::document_pdf
