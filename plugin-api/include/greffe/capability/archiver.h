// SPDX-License-Identifier: Apache-2.0
// "archiver/1": builds the container that keeps a dossier. Pool: documents. Effect class: idempotent.
#pragma once

#include <greffe/types.h>

namespace greffe {

class Archiver {
public:
    static constexpr const char* kId = "archiver/1";

    // Writes one artifact "container" holding the documents and metadataJson's members. paramsJson: the
    // archive step's options. The host puts it where the pipeline keeps dossiers; the plugin needs no path.
    // Same key and inputs, same bytes.
    virtual void build(Slice key, const DocumentView* documents, std::uint32_t count, Slice metadataJson,
                       Slice paramsJson, Outcome& outcome) noexcept = 0;
    // Checks a container: Rejected(BytesLost) names the member that does not match.
    virtual void verify(const DocumentView& container, Outcome& outcome) noexcept = 0;

protected:
    ~Archiver() = default;
};

}  // namespace greffe
