// SPDX-License-Identifier: Apache-2.0
// The front process: HTTP in, the control socket out. It holds no key, no journal, no document; what it says
// is what the engine told it a moment ago.
//
//   GET /metrics   OpenMetrics text; 503 when the engine does not answer
//   GET /healthz   200 while this process serves
//   GET /readyz    200 while the engine works as it should; 503 otherwise, with a line for each thing that
//                  keeps it: it does not answer, is stopping, an intake is paused or in trouble, workers do
//                  not come up, results cannot be delivered
//
//   POST /hooks/NAME   a webhook of the signature provider NAME (greffe.lua). Its plugin says whether it is
//                  authentic. 200 when it is, whether or not somebody waits for it; 401 when it is not; 404
//                  for a provider that there is not; 413 above 256 KiB; 503 when the engine does not answer:
//                  the service tries again then
//
// Anything else is 404, other methods 405. Bodies of anything but webhooks are never read.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace greffe {

struct FrontOptions {
    std::string controlSocket;
    std::string address;     // "127.0.0.1"
    std::uint16_t port = 0;  // 0: any that is free
};

class HttpFront {
public:
    // Listens and serves, on threads of its own, until the destructor. Errors name address and port.
    static Result<std::unique_ptr<HttpFront>> start(const FrontOptions& options);
    ~HttpFront();

    std::uint16_t port() const;

private:
    class Server;
    explicit HttpFront(std::unique_ptr<Server> server);

    std::unique_ptr<Server> server_;
};

// Serves until SIGTERM or SIGINT, and no longer than the process that started it. Returns an exit code of
// cli/command.h.
int runFront(const FrontOptions& options);

}  // namespace greffe
