// SPDX-License-Identifier: Apache-2.0
// The receipt of a document that is not ours yet, because its manifest has not come: in in-progress/, where
// senders look for the live receipts of all others. It goes when the document is taken, or is gone.
//
// Lives on the intake thread.
#pragma once

#include "base/clock.h"
#include "intake/folder_places.h"

#include <string>

namespace greffe {

struct WaitingDocument {
    std::string directory, name;  // bytes
    std::string manifest;         // name of what it waits for
    std::int64_t sinceMs = 0, untilMs = 0;
};

Status writeWaitingReceipt(const FolderPlaces& places, const WaitingDocument& document);
void removeWaitingReceipt(const FolderPlaces& places, const std::string& directory, const std::string& name);
// Those of an earlier run: whoever still waits gets a new one.
void removeWaitingReceipts(const FolderPlaces& places);

}  // namespace greffe
