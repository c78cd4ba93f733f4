// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/route_table.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace greffe::simulators {
namespace {

std::vector<std::string> segmentsOf(const std::string& path) {
    std::vector<std::string> segments;
    const std::size_t end = std::min(path.find_first_of("?#"), path.size());
    for (std::size_t from = 1; from <= end;) {
        const std::size_t to = std::min(path.find('/', from), end);
        segments.push_back(path.substr(from, to - from));
        from = to + 1;
    }
    return segments;
}

std::string percentDecoded(const std::string& segment) {
    std::string decoded;
    try {
        Poco::URI::decode(segment, decoded);
    } catch (const Poco::Exception&) {
        return segment;
    }
    return decoded;
}

bool isParameter(const std::string& segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::optional<std::map<std::string, std::string>> parametersOf(const std::vector<std::string>& pattern,
                                                               const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    std::map<std::string, std::string> parameters;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (isParameter(pattern[i])) {
            if (path[i].empty()) return std::nullopt;
            parameters[pattern[i].substr(1, pattern[i].size() - 2)] = percentDecoded(path[i]);
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return parameters;
}

}  // namespace

std::string HttpCall::header(const std::string& lowerCaseName) const {
    const auto found = question.headers.find(lowerCaseName);
    return found == question.headers.end() ? std::string() : found->second;
}

std::string HttpCall::queryValue(const std::string& name, const std::string& fallback) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return fallback;
}

std::string HttpCall::mediaType() const {
    std::string type = header("content-type");
    type.resize(std::min(type.find_first_of("; \t"), type.size()));
    for (char& c : type)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return type;
}

void RouteTable::add(const std::string& name, const std::string& method, const std::string& pathTemplate,
                     Handler handler) {
    routes_.push_back({name, method, segmentsOf(pathTemplate), std::move(handler), false});
}

void RouteTable::addPage(const std::string& name, const std::string& method, const std::string& pathTemplate,
                         Handler handler) {
    routes_.push_back({name, method, segmentsOf(pathTemplate), std::move(handler), true});
}

RouteTable::Match RouteTable::find(const std::string& method, const std::string& path) const {
    const std::vector<std::string> segments = segmentsOf(path);
    Match match;
    for (const Route& route : routes_) {
        auto parameters = parametersOf(route.segments, segments);
        if (!parameters) continue;
        match.isPathKnown = true;
        if (route.method != method) continue;
        match.route = &route;
        match.parameters = std::move(*parameters);
        return match;
    }
    return match;
}

std::vector<std::string> RouteTable::names() const {
    std::vector<std::string> names;
    for (const Route& route : routes_)
        if (!route.isForPeople && std::find(names.begin(), names.end(), route.name) == names.end())
            names.push_back(route.name);
    return names;
}

std::vector<std::pair<std::string, std::string>> queryOf(const std::string& path) {
    const std::size_t from = path.find('?');
    std::vector<std::pair<std::string, std::string>> query;
    if (from == std::string::npos) return query;
    const std::string text = path.substr(from + 1, path.find('#', from) - from - 1);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('&', at), text.size());
        std::string part = text.substr(at, end - at);
        std::replace(part.begin(), part.end(), '+', ' ');
        const std::size_t equals = std::min(part.find('='), part.size());
        if (!part.empty())
            query.emplace_back(
                percentDecoded(part.substr(0, equals)),
                percentDecoded(equals < part.size() ? part.substr(equals + 1) : std::string()));
        at = end + 1;
    }
    return query;
}

}  // namespace greffe::simulators
