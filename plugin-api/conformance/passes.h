// SPDX-License-Identifier: Apache-2.0
// The passes of a probe. Each is run in a process of its own; probe.h has their table.
#pragma once

#include "conformance/probe.h"

namespace greffe::conformance {

void scanPass(Probe& probe);
void lifePass(Probe& probe);
void optionsPass(Probe& probe);
void ordersPass(Probe& probe);
void livesPass(Probe& probe);
void bareHostPass(Probe& probe);

void usePass(Probe& probe);
void tightPass(Probe& probe);
void hostilePass(Probe& probe);
void cancelPass(Probe& probe);
void pureTwicePass(Probe& probe);
void keyTwicePass(Probe& probe);
void wirePass(Probe& probe);
void cutOffPass(Probe& probe);

}  // namespace greffe::conformance
