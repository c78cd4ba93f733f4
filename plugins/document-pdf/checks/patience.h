// SPDX-License-Identifier: Apache-2.0
// Asks the host now and then whether a long examination should still go on, and tells it how far it is.
#pragma once

#include "pdf/expected.h"

#include <greffe/host.h>

#include <cstdint>

namespace greffe::document_pdf {

class Patience {
public:
    // Without a service (tests, other hosts) it never ends.
    explicit Patience(CancelService* service = nullptr) : service_(service) {}

    // Cheap: the host is asked every thousandth time. DeadlineExceeded once it said stop.
    pdf::Check step(std::uint64_t done, std::uint64_t total) {
        if (service_ == nullptr || ++steps_ % 1024 != 0) return pdf::Nothing{};
        return ask(done, total);
    }
    // Asks at once: before work that takes its time.
    pdf::Check ask(std::uint64_t done, std::uint64_t total) {
        if (service_ == nullptr) return pdf::Nothing{};
        service_->progressed(done, total);
        if (service_->isCancelled())
            return pdf::Refusal{Reason::DeadlineExceeded, "the examination was stopped"};
        return pdf::Nothing{};
    }

private:
    CancelService* service_;
    std::uint64_t steps_ = 0;
};

}  // namespace greffe::document_pdf
