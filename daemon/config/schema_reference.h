// SPDX-License-Identifier: Apache-2.0
// What is made from the schemas for people: config/README.md. Pure functions of the declarations: equal
// builds give equal texts, so that a generated file can be compared with the one that is kept.
// For editors: lua_annotations.h; for programs: schema_description.h.
#pragma once

#include "config/plugin_catalog.h"
#include "config/schema.h"

#include <string>

namespace greffe {

// The configuration's manual, Markdown: every construct with purpose, example and options, every step with
// its facts, endings and reasons, what functions see, what specs are made of, every diagnostic code.
std::string referencePage();
// A section of the same form for a plugin's options, to stand behind the page; the reason instead when its
// schema cannot be read.
std::string pluginReference(const PluginFacts& plugin);

// "text", "list of texts", "A, B or C": an option's type for people.
std::string typeText(const Option& option);

}  // namespace greffe
