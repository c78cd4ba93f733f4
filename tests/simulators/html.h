// SPDX-License-Identifier: Apache-2.0
// For the simulators' pages: what came in is never markup.
#pragma once

#include <string>
#include <string_view>

namespace greffe::simulators {

// & < > " ' as references; control characters and invalid bytes in sight (base/bytes_text.h).
std::string htmlText(std::string_view text);

// A whole page in the house's style: no script, nothing from elsewhere. `body` is markup, `title` is text.
std::string htmlPage(std::string_view title, std::string_view language, std::string_view body);

}  // namespace greffe::simulators
