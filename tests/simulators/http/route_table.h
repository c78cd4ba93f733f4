// SPDX-License-Identifier: Apache-2.0
// The paths of an HTTP service: "POST /signature_requests/{request}/documents" and what answers there.
//
// A route's name is also the place where a fault of this service may happen (fault_plan.h). Filled before the
// service starts, read by all its threads afterwards.
#pragma once

#include "simulators/http_service.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace greffe::simulators {

// A question, taken apart for the handler of its route.
struct HttpCall {
    const HttpQuestion& question;
    std::map<std::string, std::string> parameters;           // what stood at {request}
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order

    // Empty when it is not there.
    std::string header(const std::string& lowerCaseName) const;
    // The first value, or `fallback`.
    std::string queryValue(const std::string& name, const std::string& fallback = {}) const;
    // The Content-Type without its parameters, in lower case.
    std::string mediaType() const;
};

class RouteTable {
public:
    using Handler = std::function<HttpAnswer(const HttpCall&)>;

    struct Route {
        std::string name;
        std::string method;
        std::vector<std::string> segments;
        Handler handler;
        bool isForPeople = false;
    };

    // The first route that matches answers: literal paths are added before those with parameters.
    void add(const std::string& name, const std::string& method, const std::string& pathTemplate,
             Handler handler);

    // A page that a person opens: no key, no limit, no faults.
    void addPage(const std::string& name, const std::string& method, const std::string& pathTemplate,
                 Handler handler);

    struct Match {
        const Route* route = nullptr;  // nullptr: none
        bool isPathKnown = false;      // for another method
        std::map<std::string, std::string> parameters;
    };
    // `path` may have a query. Segments are percent-decoded after they are separated.
    Match find(const std::string& method, const std::string& path) const;
    // Of the routes that are not pages.
    std::vector<std::string> names() const;

private:
    std::vector<Route> routes_;
};

// Its query, percent-decoded; "+" is a blank.
std::vector<std::pair<std::string, std::string>> queryOf(const std::string& path);

}  // namespace greffe::simulators
