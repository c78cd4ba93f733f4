// SPDX-License-Identifier: Apache-2.0
// A simulation as one page for a browser: what happened, which line of Lua decided, what would be sent to
// whom, what is waited for, and the documents' pages as pictures. Nothing outside of it is loaded, nothing in
// it runs: a Content-Security-Policy in the page allows its own style sheet and its own pictures, and that is
// all. Whatever came from outside (names, Lua's texts, mails) is text, never markup.
//
// Its frame is report_page.html (mustache), its looks report_page.css, its words report_words.cpp. Pure.
#pragma once

#include "simulate/page_pictures.h"
#include "simulate/simulation.h"

#include <map>
#include <string>
#include <string_view>

namespace greffe {

// language: "fr" or "en". pictures: by document id, of all dossiers. Errc::Internal when the frame is not
// well-formed.
Result<std::string> reportPage(const SimulationReport& report, std::string_view language,
                               const std::map<std::string, DocumentPages>& pictures);

}  // namespace greffe
