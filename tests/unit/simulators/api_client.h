// SPDX-License-Identifier: Apache-2.0
// A client of JSON services on libcurl: what a program that knows nothing of the simulators would send, its
// multipart encoder too.
#pragma once

#include "base/json.h"

#include <map>
#include <string>
#include <vector>

namespace greffe {

struct ApiAnswer {
    int curl = 0;  // CURLcode; not 0: no whole answer
    long status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    // Null for what is no JSON.
    Json json() const;
};

struct ApiPart {
    std::string name, bytes;
    std::string fileName, contentType;  // empty for a plain value
};

class ApiClient {
public:
    ApiClient(std::string url, std::string bearer) : url_(std::move(url)), bearer_(std::move(bearer)) {}

    // `body` null: none is sent.
    ApiAnswer call(const std::string& method, const std::string& path, const Json& body = {}) const;
    ApiAnswer get(const std::string& path) const { return call("GET", path); }
    ApiAnswer post(const std::string& path, const Json& body = {}) const { return call("POST", path, body); }
    ApiAnswer send(const std::string& method, const std::string& path, const std::string& contentType,
                   const std::string& body) const;
    ApiAnswer upload(const std::string& path, const std::vector<ApiPart>& parts) const;

    // One more line of every request: "Idempotency-Key: k1".
    void addHeader(const std::string& line) { headers_.push_back(line); }
    // For https: whom to trust.
    void setRootFile(const std::string& file) { rootFile_ = file; }

private:
    ApiAnswer perform(const std::string& method, const std::string& path, const std::string* contentType,
                      const std::string* body, const std::vector<ApiPart>* parts) const;

    std::string url_, bearer_, rootFile_;
    std::vector<std::string> headers_;
};

}  // namespace greffe
