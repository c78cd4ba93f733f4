// SPDX-License-Identifier: Apache-2.0
// The server's end of the control socket: a thread of its own that carries requests in and answers out,
// whatever its clients do. It knows nothing of operations: a handler is given each request.
//
// A client can be slow (its answers wait for it, up to a limit in bytes and time), silent (closed when idle),
// wrong (told so and closed), gone (whoever still works for it can ask) or many (the newest are told to come
// back). None of that delays another client, nor the engine.
#pragma once

#include "control/control_protocol.h"
#include "control/control_socket.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace greffe {

// The way back to the client of one request. Any thread; finish() once. After that, or when the client is
// gone, calls do nothing.
class ControlReply {
public:
    virtual ~ControlReply() = default;
    virtual void progress(Json body) = 0;  // may be dropped when the client is slow
    virtual void finish(Result<Json> result) = 0;
    virtual bool isClientGone() const = 0;
};

struct ControlCall {
    ControlRequest request;
    Peer peer;
    std::vector<UniqueFd> descriptors;
    std::shared_ptr<ControlReply> reply;
};

class ControlServer {
public:
    struct Options {
        std::string path;
        std::size_t maxClients = 64;
        std::size_t maxClientsOfOneUser = 48;  // one user's runaway script does not lock the others out
        std::chrono::milliseconds requestLimit{10'000};  // from a request's first byte to its last
        std::chrono::milliseconds idleLimit{300'000};    // between requests
        std::chrono::milliseconds writeLimit{30'000};    // without taking a byte of an answer
    };
    // Called on the server's thread: quick, or handing over to somebody else. Every call's reply is finished
    // once, later or at once.
    using Handler = std::function<void(ControlCall call)>;

    static Result<std::unique_ptr<ControlServer>> start(Options options, Handler handler);
    ~ControlServer();  // closes all connections, joins the thread, removes the socket

    // Runs work on the server's thread, after a while if one is given. Any thread may call it, after the
    // server's end too: nothing happens then.
    using Post = std::function<void(std::function<void()> work, std::chrono::milliseconds delay)>;
    Post poster() const;

private:
    class Core;
    explicit ControlServer(std::unique_ptr<Core> core);

    std::unique_ptr<Core> core_;
};

}  // namespace greffe
