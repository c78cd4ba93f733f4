// SPDX-License-Identifier: Apache-2.0
// The error bodies of the API (sheet, 1.3): {type, detail}, with invalid_params for bad parameters, and the
// gateway's {message} for 405 and 429.
#pragma once

#include "simulators/http_service.h"
#include "simulators/yousign/parameters.h"
#include "simulators/yousign/settings.h"

#include <string>
#include <vector>

namespace greffe::simulators {

class Refusals {
public:
    explicit Refusals(const YousignSettings& settings) : settings_(settings) {}

    HttpAnswer of(int status, const std::string& type, const std::string& detail) const;
    HttpAnswer notFound(const std::string& what) const;
    // An action that this status does not allow.
    HttpAnswer wrongStatus(const std::string& action, const std::string& status) const;
    HttpAnswer parameters(const std::vector<InvalidParameter>& problems) const;
    HttpAnswer parameter(const std::string& name, const std::string& reason) const {
        return parameters({{name, reason}});
    }
    // What the API says with this status when there is nothing particular to say.
    HttpAnswer plain(int status) const;

private:
    const YousignSettings& settings_;
};

}  // namespace greffe::simulators
