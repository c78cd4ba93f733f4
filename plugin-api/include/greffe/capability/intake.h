// SPDX-License-Identifier: Apache-2.0
// "intake/1": a queue that documents come from. Pool: providers, one long-lived worker per instance. Effect
// class: idempotent.
//
// An acknowledgement lives and dies with its channel: the host acknowledges only after its own commit, and a
// worker that dies leaves its items to be delivered again (recognised by their id).
#pragma once

#include <greffe/types.h>

namespace greffe {

class IntakeItems {
public:
    // Returns where to write the item's bytes. metadataJson: {"name", "media_type", "redelivered",
    // "manifest"?}.
    virtual ByteSink* item(Slice itemId, Slice metadataJson) noexcept = 0;

protected:
    ~IntakeItems() = default;
};

class Intake {
public:
    static constexpr const char* kId = "intake/1";

    // Waits up to waitMs for the first of at most `max` items.
    virtual void fetch(std::uint32_t max, std::uint32_t waitMs, IntakeItems& items,
                       Outcome& outcome) noexcept = 0;
    virtual void acknowledge(Slice itemId, Outcome& outcome) noexcept = 0;
    // A poison item: to the dead-letter place, with the reason.
    virtual void reject(Slice itemId, Slice reason, Slice explanation, Outcome& outcome) noexcept = 0;

protected:
    ~Intake() = default;
};

}  // namespace greffe
