// SPDX-License-Identifier: Apache-2.0
// Documents and JSON that the kit feeds to plugins: a few ordinary ones, and the hostile ones that come with
// it. Authors add files of their own formats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe::conformance {

struct Sample {
    std::string name;
    std::string mediaType;
    std::string bytes;
};

// A text and a small PDF.
const std::vector<Sample>& ordinarySamples();
// Empty, cut, random, nested without end, counts that lie, large; the same in every run.
std::vector<Sample> hostileSamples();
// Texts for a paramsJson: empty, cut, not an object, other kinds than expected, nested without end.
const std::vector<std::string>& hostileParams();

// Reads a file of the author's; its media type is guessed from its name.
Sample readSample(const std::string& path);

}  // namespace greffe::conformance
