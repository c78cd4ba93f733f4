// SPDX-License-Identifier: Apache-2.0
// What this machine's processor allows, as `openssl speed` says it: one core, one second a figure. Asked in
// turns with what is measured, so that a noisy machine disturbs both.
#pragma once

namespace greffe {

struct RawLimits {
    double rsa2048SignsPerSecond = 0;
    double p256SignsPerSecond = 0;
    double sha256BytesPerSecond = 0;  // blocks of 16 KiB
};

// Takes about four seconds. Ends the program when `openssl speed` is not there or says something new.
RawLimits measureRawLimits();

}  // namespace greffe
