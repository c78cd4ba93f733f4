// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulation_mark.h"

#include "base/json.h"
#include "simulate/stand_in_identity.h"

namespace greffe {
namespace {

// Where a seal without a mark gets one: points from the left and bottom edges of the last page.
Json placeOfItsOwn() {
    return {{"page", "last"}, {"x", 28}, {"y", 28}, {"width", 170}, {"height", 42}};
}

}  // namespace

void SimulationMark::submit(CallRequest request, bool isReplayable, Done done) {
    if (request.operation == "seal.prepare") {
        Json params = storedJson(request.paramsJson);
        Json lines = Json::array({kSimulation});
        for (const Json& line : memberOf(params, "lines"))
            if (line != kSimulation) lines.push_back(line);
        params["lines"] = std::move(lines);
        if (!memberOf(params, "placement").is_object()) params["placement"] = placeOfItsOwn();
        request.paramsJson = dumpJson(params);
    }
    documents_.submit(std::move(request), isReplayable, std::move(done));
}

}  // namespace greffe
