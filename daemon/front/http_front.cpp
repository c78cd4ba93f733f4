// SPDX-License-Identifier: Apache-2.0
#include "front/http_front.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "cli/command.h"
#include "control/control_client.h"
#include "control/open_metrics.h"
#include "observe/event_log.h"
#include "sys/unique_fd.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/ThreadPool.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace greffe {
namespace {

namespace net = Poco::Net;

constexpr std::chrono::milliseconds kEngineAnswersWithin{5'000};
constexpr std::chrono::milliseconds kHookAnswersWithin{15'000};
constexpr std::size_t kMostLineBytes = 500;
constexpr int kThreads = 8, kMostWaiting = 64, kClientSeconds = 5;

struct Page {
    net::HTTPResponse::HTTPStatus status = net::HTTPResponse::HTTP_OK;
    std::string type = "text/plain; charset=utf-8";
    std::string text;
};

Result<Json> askEngine(const std::string& socket, const std::string& operation) {
    GREFFE_TRY_ASSIGN(ControlClient client, ControlClient::connect(socket));
    client.setSilenceLimit(kEngineAnswersWithin);
    return client.ask(operation);
}

Page notNow(const std::string& why) {
    return {net::HTTPResponse::HTTP_SERVICE_UNAVAILABLE, Page().type, why + "\n"};
}

Page metricsPage(const std::string& socket) {
    const auto answer = askEngine(socket, "metrics");
    if (!answer) return notNow(answer.error().message);
    return {net::HTTPResponse::HTTP_OK, std::string(kOpenMetricsType), textOf(*answer, "text")};
}

// Line by line, what keeps the daemon from its work; empty when nothing does.
std::string troublesIn(const Json& status) {
    std::string lines;
    const auto add = [&lines](const std::string& line) {
        lines += (lines.empty() ? "" : "\n") + displayText(clipUtf8(line, kMostLineBytes));
    };
    if (boolOf(status, "is_stopping")) add("the daemon is stopping");
    if (const std::string why = textOf(memberOf(status, "journal"), "trouble"); !why.empty())
        add(fmt::format("the journal waits: {}", why));
    for (const auto& [name, intake] : memberOf(status, "intakes").items()) {
        if (const std::string why = textOf(intake, "paused_for"); !why.empty())
            add(fmt::format("intake {} is paused: {}", name, why));
        if (const std::string why = textOf(intake, "trouble"); !why.empty())
            add(fmt::format("intake {}: {}", name, why));
    }
    for (const auto& [name, pool] : memberOf(status, "pools").items())
        if (boolOf(pool, "degraded"))
            add(fmt::format("workers of {} do not come up: {}", name, textOf(pool, "trouble")));
    for (const Json& folder : memberOf(status, "undeliverable"))
        add(fmt::format("results do not reach {}: {}", bytesOf(folder, "folder"), textOf(folder, "error")));
    return lines;
}

Page readyPage(const std::string& socket) {
    const auto answer = askEngine(socket, "status");
    if (!answer) return notNow(answer.error().message);
    if (const std::string troubles = troublesIn(*answer); !troubles.empty()) return notNow(troubles);
    return {net::HTTPResponse::HTTP_OK, Page().type, "ready\n"};
}

Page pageFor(const std::string& method, const std::string& path, const std::string& socket) {
    const bool isKnown = path == "/metrics" || path == "/healthz" || path == "/readyz";
    if (!isKnown) return {net::HTTPResponse::HTTP_NOT_FOUND, Page().type, "not found\n"};
    if (method != "GET" && method != "HEAD")
        return {net::HTTPResponse::HTTP_METHOD_NOT_ALLOWED, Page().type, "GET only\n"};
    if (path == "/metrics") return metricsPage(socket);
    if (path == "/readyz") return readyPage(socket);
    return {net::HTTPResponse::HTTP_OK, Page().type, "ok\n"};
}

// What a webhook may have; the largest that is known of has some 40 KiB.
constexpr std::size_t kMostHookBytes = 256U << 10U;
constexpr std::string_view kHooks = "/hooks/";

std::string headerLines(const net::HTTPServerRequest& request) {
    std::string lines;
    for (const auto& [name, value] : request) {
        for (const char c : name)
            lines += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        lines += ": " + value + "\n";
    }
    return lines;
}

Page plain(net::HTTPResponse::HTTPStatus status, const std::string& text) {
    return {status, Page().type, text + "\n"};
}

Page pageForHook(const std::string& provider, const std::string& headers, const std::string& body,
                 const std::string& socket) {
    if (!isUtf8(headers) || !isUtf8(body)) return plain(net::HTTPResponse::HTTP_BAD_REQUEST, "not UTF-8");
    auto client = ControlClient::connect(socket);
    if (!client) return notNow(client.error().message);
    client->setSilenceLimit(kHookAnswersWithin);
    const auto answer =
        client->ask("hook.receive", {{"provider", provider}, {"headers", headers}, {"body", body}});
    if (answer) return plain(net::HTTPResponse::HTTP_OK, "ok");
    switch (answer.error().code) {
        case Errc::NotFound: return plain(net::HTTPResponse::HTTP_NOT_FOUND, "not found");
        case Errc::Denied: return plain(net::HTTPResponse::HTTP_UNAUTHORIZED, answer.error().message);
        case Errc::Invalid: return plain(net::HTTPResponse::HTTP_BAD_REQUEST, answer.error().message);
        default: return notNow("try again later");
    }
}

Page takeHook(net::HTTPServerRequest& request, const std::string& path, const std::string& socket) {
    if (request.getMethod() != "POST")
        return {net::HTTPResponse::HTTP_METHOD_NOT_ALLOWED, Page().type, "POST only\n"};
    std::string body;
    if (request.hasContentLength() || request.getChunkedTransferEncoding()) {
        body.resize(kMostHookBytes + 1);
        request.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
        body.resize(static_cast<std::size_t>(request.stream().gcount()));
    }
    if (body.size() > kMostHookBytes)
        return plain(net::HTTPResponse::HTTP_REQUEST_ENTITY_TOO_LARGE, "too large");
    return pageForHook(path.substr(kHooks.size()), headerLines(request), body, socket);
}

class Handler final : public net::HTTPRequestHandler {
public:
    explicit Handler(std::string socket) : socket_(std::move(socket)) {}

    // One of the edges where exceptions end: the client may go away at any byte.
    void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
        try {
            const std::string& target = request.getURI();
            const std::string path = target.substr(0, target.find('?'));
            const bool isHook = path.rfind(kHooks, 0) == 0;
            const Page page =
                isHook ? takeHook(request, path, socket_) : pageFor(request.getMethod(), path, socket_);
            response.setStatusAndReason(page.status);
            response.setContentType(page.type);
            response.setKeepAlive(false);
            response.set("Cache-Control", "no-store");
            response.set("X-Content-Type-Options", "nosniff");
            if (page.status == net::HTTPResponse::HTTP_METHOD_NOT_ALLOWED)
                response.set("Allow", isHook ? "POST" : "GET, HEAD");
            response.sendBuffer(page.text.data(), page.text.size());
        } catch (const std::exception& error) {
            EventLog::write(LogLevel::Debug, "front request failed", {{"error", error.what()}});
        }
    }

private:
    const std::string socket_;
};

// A listening socket on which the server waits until somebody comes. Poco's own accept loop looks four times
// a second whether it should end, which is what keeps an idle machine from sleeping.
class PatientSocket final : public net::ServerSocketImpl {
public:
    PatientSocket() : end_(eventfd(0, EFD_CLOEXEC)) {}

    // Any thread: poll() returns from now on.
    void end() const { eventfd_write(end_.get(), 1); }

    bool poll(const Poco::Timespan&, int) override {
        pollfd watched[] = {{sockfd(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
        while (::poll(watched, std::size(watched), -1) < 0 && errno == EINTR) {
        }
        return (watched[0].revents & POLLIN) != 0;
    }

private:
    const UniqueFd end_;
};

// A server socket of our own making: Poco has that constructor for derived classes only.
class ListeningSocket final : public net::ServerSocket {
public:
    explicit ListeningSocket(PatientSocket* socket) : ServerSocket(socket, true) {}
};

class Factory final : public net::HTTPRequestHandlerFactory {
public:
    explicit Factory(std::string socket) : socket_(std::move(socket)) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
        return new Handler(socket_);
    }

private:
    const std::string socket_;
};

}  // namespace

class HttpFront::Server {
public:
    // socket: the one inside `listening`, which shares its life.
    Server(const FrontOptions& options, const ListeningSocket& listening, PatientSocket& socket)
        : socket_(socket),
          listening_(listening),
          threads_(2, kThreads),
          http_(new Factory(options.controlSocket), threads_, listening, parameters()) {
        http_.start();
    }
    ~Server() {
        socket_.end();
        http_.stopAll(true);
        // A pool that goes while a thread of it was given its work, and has not begun it, forgets that work
        // and what it owns.
        threads_.joinAll();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const { return http_.port(); }

private:
    static net::HTTPServerParams::Ptr parameters() {
        net::HTTPServerParams::Ptr made = new net::HTTPServerParams;
        made->setMaxThreads(kThreads);
        made->setMaxQueued(kMostWaiting);
        made->setTimeout(Poco::Timespan(kClientSeconds, 0));
        made->setKeepAlive(false);
        return made;
    }

    PatientSocket& socket_;
    const ListeningSocket listening_;
    Poco::ThreadPool threads_;
    net::HTTPServer http_;
};

HttpFront::HttpFront(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpFront::~HttpFront() = default;

std::uint16_t HttpFront::port() const {
    return server_->port();
}

Result<std::unique_ptr<HttpFront>> HttpFront::start(const FrontOptions& options) {
    try {
        auto* const patient = new PatientSocket;  // counted: `socket` and its copies own it
        ListeningSocket socket(patient);
        // Not shared: with reusePort, which is Poco's default beside reuseAddress, a second front would
        // listen on the same port and take half of the requests.
        socket.bind(net::SocketAddress(options.address, options.port), true, false);
        socket.listen(kMostWaiting);
        return std::unique_ptr<HttpFront>(new HttpFront(std::make_unique<Server>(options, socket, *patient)));
    } catch (const Poco::Exception& error) {
        return makeError(Errc::Denied,
                         fmt::format("front: cannot listen on {} port {}: {}", options.address, options.port,
                                     error.displayText()),
                         "change settings.front_address or front_port; 0 is no front");
    }
}

int runFront(const FrontOptions& options) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT})
        sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const auto front = HttpFront::start(options);
    if (!front) {
        EventLog::write(LogLevel::Error, "front failed", {{"error", front.error().text()}});
        return kEnvironment;
    }
    EventLog::write(LogLevel::Info, "front started",
                    {{"address", options.address}, {"port", (*front)->port()}});
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    return kGood;
}

}  // namespace greffe
