// SPDX-License-Identifier: Apache-2.0
// A PDF for those who have none at hand: A4 pages with one line of text each. Pure.
#pragma once

#include <string>

namespace greffe {

std::string madePdf(int pages, const std::string& text);

}  // namespace greffe
