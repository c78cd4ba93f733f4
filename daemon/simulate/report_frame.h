// SPDX-License-Identifier: Apache-2.0
// report_page.html and report_page.css, compiled in: a page is made without a file of the installation.
#pragma once

#include <string_view>

namespace greffe {

extern const std::string_view kReportFrame;
extern const std::string_view kReportStyle;

}  // namespace greffe
