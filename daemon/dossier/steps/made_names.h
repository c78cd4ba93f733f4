// SPDX-License-Identifier: Apache-2.0
// The file names of documents that a plugin made. It names them as a fact, and what it says is not believed
// as it stands: some come from inside an archive.
#pragma once

#include "base/json.h"
#include "workers/call.h"

#include <cstddef>
#include <set>
#include <string>

namespace greffe {

// "lease.pdf" as a zip: "lease.zip". An unknown media type leaves the name as it is.
std::string nameAs(const std::string& name, const std::string& mediaType);

class MadeNames {
public:
    // facts: of the call; `after`: the document whose name is taken where the plugin gives none, or no usable
    // one; taken: names that are given already.
    MadeNames(const Json& facts, std::string after, std::set<std::string> taken)
        : facts_(facts), after_(std::move(after)), taken_(std::move(taken)) {}

    // The name of the artifact, `number` from 1 on; 0 when there is only one. Each is given once.
    std::string nameOf(const CallArtifact& artifact, std::size_t number);

private:
    std::string saidOf(const CallArtifact& artifact) const;

    const Json& facts_;
    const std::string after_;
    std::set<std::string> taken_;
};

}  // namespace greffe
