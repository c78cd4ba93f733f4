// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/refusals.h"

namespace greffe::simulators {

HttpAnswer Refusals::of(int status, const std::string& type, const std::string& detail) const {
    HttpAnswer answer = jsonAnswer(status, {{"type", type}, {"detail", detail}});
    answer.contentType = settings_.errorContentType;
    return answer;
}

HttpAnswer Refusals::notFound(const std::string& what) const {
    return of(404, "resource.not_found", what + " not found.");
}

HttpAnswer Refusals::wrongStatus(const std::string& action, const std::string& status) const {
    return of(settings_.wrongStatusHttp, settings_.wrongStatusType,
              action + " is not possible while the status is " + status + ".");
}

HttpAnswer Refusals::parameters(const std::vector<InvalidParameter>& problems) const {
    Json list = Json::array();
    for (const InvalidParameter& each : problems)
        list.push_back({{"name", each.name}, {"reason", each.reason}});
    HttpAnswer answer = jsonAnswer(400, {{"type", "parameters_not_valid"},
                                         {"detail", "Some parameters are invalid."},
                                         {"invalid_params", list}});
    answer.contentType = settings_.errorContentType;
    return answer;
}

HttpAnswer Refusals::plain(int status) const {
    switch (status) {
        case 401: return of(401, settings_.unauthorizedType, "The API key is missing or unknown.");
        case 403: return of(403, settings_.forbiddenType, "The API key does not allow this.");
        case 404: return notFound("Resource");
        case 405: return jsonAnswer(405, {{"message", "Method not allowed"}});
        case 415: return of(415, "about:blank", "The content type is not supported.");
        case 429: return jsonAnswer(429, {{"message", "API rate limit exceeded"}});
        default: return of(status, "about:blank", "An error occurred.");
    }
}

}  // namespace greffe::simulators
