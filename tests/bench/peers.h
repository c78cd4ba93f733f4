// SPDX-License-Identifier: Apache-2.0
// Other programs that sign PDFs, measured on the same files with the same key: pdfsig (poppler, NSS), mutool,
// PDFBox and iText 5 (one Java process that signs again and again), @signpdf (the same on Node).
#pragma once

#include "support/test_pki.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace greffe {

struct PeerRates {
    std::vector<std::string> names;
    std::map<std::pair<std::string, std::size_t>, double> rates;  // by name and size of the file

    // 0 when the peer did not sign that file.
    double perSecond(const std::string& name, std::size_t bytes) const;
};

// `folder`: what scripts/bench prepared (classes of tests/bench/peers, node_modules). Each peer works on each
// size for about `seconds`, but at least once. Says on stderr which peer does not run, and why.
PeerRates measurePeers(const std::string& folder, const TestIdentity& identity,
                       const std::vector<std::size_t>& sizes, double seconds);

}  // namespace greffe
