// SPDX-License-Identifier: Apache-2.0
#include "control/control_server.h"

#include "sys/reactor.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace greffe {
namespace {

constexpr std::size_t kProgressUpTo = 64U
                                      << 10U;    // a client that has so much to read is told no more progress
constexpr std::chrono::seconds kAcceptPause{1};  // when this process has no descriptor left

using ClientId = std::uint64_t;

}  // namespace

class ControlServer::Core {
public:
    Core(Options options, Handler handler, ControlListener listener)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          listener_(std::move(listener)),
          link_(std::make_shared<Link>()) {
        link_->core = this;
        listen();
        thread_ = std::thread([this] { reactor_.run(); });
    }
    ~Core() {
        {
            const std::scoped_lock lock(link_->mutex);
            link_->core = nullptr;
        }
        reactor_.stop();
        thread_.join();
        for (auto& [id, client] : clients_)
            *client->isGone = true;
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    Post poster() const {
        return [link = link_](std::function<void()> work, std::chrono::milliseconds delay) {
            const std::scoped_lock lock(link->mutex);
            if (link->core == nullptr) return;
            Reactor& reactor = link->core->reactor_;
            if (delay == std::chrono::milliseconds::zero()) return reactor.post(std::move(work));
            reactor.post([&reactor, delay, work = std::move(work)] { reactor.callAfter(delay, work); });
        };
    }

private:
    struct Client {
        UniqueFd fd;
        Peer peer;
        std::string in, out;
        std::vector<UniqueFd> descriptors;
        bool isBusy = false;     // a request is being worked on
        bool hasEnded = false;   // it sends no more; what it asked is still answered
        bool mustClose = false;  // once everything is sent
        Reactor::TimerId timer = 0;
        std::int64_t request = 0;
        std::shared_ptr<std::atomic<bool>> isGone = std::make_shared<std::atomic<bool>>(false);
    };

    // What replies hold: they may outlive the server.
    struct Link {
        std::mutex mutex;
        Core* core = nullptr;
    };

    class Reply final : public ControlReply {
    public:
        Reply(std::shared_ptr<Link> link, ClientId client, std::int64_t request,
              std::shared_ptr<std::atomic<bool>> isGone)
            : link_(std::move(link)), client_(client), request_(request), isGone_(std::move(isGone)) {}

        void progress(Json body) override {
            if (hasFinished_) return;
            ControlAnswer answer;
            answer.kind = ControlAnswer::Kind::Progress;
            answer.body = std::move(body);
            send(std::move(answer), false);
        }
        void finish(Result<Json> result) override {
            if (hasFinished_.exchange(true)) return;
            ControlAnswer answer;
            if (result) {
                answer.body = std::move(*result);
            } else {
                answer.kind = ControlAnswer::Kind::Error;
                answer.error = result.error();
            }
            send(std::move(answer), true);
        }
        bool isClientGone() const override { return *isGone_; }

    private:
        void send(ControlAnswer answer, bool isLast) {
            answer.id = request_;
            // Written here: a long list is put into letters by whoever made it.
            auto line = std::make_shared<std::string>(answerLine(answer));
            const std::scoped_lock lock(link_->mutex);
            if (link_->core == nullptr) return;
            link_->core->reactor_.post([core = link_->core, client = client_, line, isLast] {
                core->answer(client, *line, isLast);
            });
        }

        const std::shared_ptr<Link> link_;
        const ClientId client_;
        const std::int64_t request_;
        const std::shared_ptr<std::atomic<bool>> isGone_;
        std::atomic<bool> hasFinished_{false};
    };

    void listen() {
        reactor_.watch(listener_.fd(), EPOLLIN, [this](std::uint32_t) { acceptAll(); });
    }

    void acceptAll() {
        for (;;) {
            auto accepted = listener_.accept();
            if (accepted) {
                admit(std::move(*accepted));
                continue;
            }
            if (accepted.error().code == Errc::Busy) return;
            // Without a descriptor to accept with, the listener would be ready for ever.
            reactor_.unwatch(listener_.fd());
            reactor_.callAfter(kAcceptPause, [this] { listen(); });
            return;
        }
    }

    void admit(UniqueFd fd) {
        auto peer = peerOf(fd.get());
        if (!peer) return;
        const auto ofUser = std::count_if(clients_.begin(), clients_.end(),
                                          [&](const auto& row) { return row.second->peer.uid == peer->uid; });
        if (clients_.size() >= options_.maxClients ||
            static_cast<std::size_t>(ofUser) >= options_.maxClientsOfOneUser) {
            ControlAnswer full;
            full.kind = ControlAnswer::Kind::Error;
            full.error = makeError(Errc::Busy, "control socket: too many clients", "try again in a moment");
            static_cast<void>(sendBytes(fd.get(), answerLine(full)));
            return;
        }
        const ClientId id = nextClient_++;
        auto client = std::make_unique<Client>();
        client->fd = std::move(fd);
        client->peer = std::move(*peer);
        Client& held = *client;
        clients_.emplace(id, std::move(client));
        limit(id, held, options_.idleLimit);
        watch(id, held);
    }

    void limit(ClientId id, Client& client, std::chrono::milliseconds most) {
        reactor_.cancel(client.timer);
        client.timer = reactor_.callAfter(most, [this, id] { close(id); });
    }

    void watch(ClientId id, Client& client) {
        std::uint32_t events = 0;  // an end of the connection is always told
        if (!client.isBusy && !client.hasEnded && !client.mustClose) events |= EPOLLIN;
        if (!client.out.empty()) events |= EPOLLOUT;
        reactor_.watch(client.fd.get(), events, [this, id](std::uint32_t ready) { serve(id, ready); });
    }

    void close(ClientId id) {
        const auto found = clients_.find(id);
        if (found == clients_.end()) return;
        Client& client = *found->second;
        *client.isGone = true;
        reactor_.cancel(client.timer);
        reactor_.unwatch(client.fd.get());
        clients_.erase(found);
    }

    void serve(ClientId id, std::uint32_t ready) {
        const auto found = clients_.find(id);
        if (found == clients_.end()) return;
        Client& client = *found->second;
        if ((ready & EPOLLERR) != 0) return close(id);
        // Hung up and nothing left to read: nobody waits for an answer.
        if ((ready & EPOLLHUP) != 0 && (ready & EPOLLIN) == 0) return close(id);
        if ((ready & EPOLLOUT) != 0 && !flush(id, client)) return;
        if ((ready & EPOLLIN) != 0 && !read(id, client)) return;
        if (settle(id, client)) watch(id, client);
    }

    // False when the client is gone.
    bool read(ClientId id, Client& client) {
        const bool isFirst = client.in.empty();
        auto got = receiveBytes(client.fd.get(), client.in, kReadAtOnce);
        if (!got) {
            if (got.error().code == Errc::Busy) return true;
            if (got.error().code == Errc::Invalid) return refuse(id, client, got.error());
            close(id);
            return false;
        }
        for (UniqueFd& descriptor : got->descriptors)
            client.descriptors.push_back(std::move(descriptor));
        if (client.descriptors.size() > kMaxRequestDescriptors)
            return refuse(id, client,
                          makeError(Errc::Invalid, "control socket: a request has one descriptor at most"));
        if (got->count == 0) client.hasEnded = true;
        if (isFirst && !client.in.empty()) limit(id, client, options_.requestLimit);
        return true;
    }

    // Says what is wrong, then closes: after it nobody knows where the next request begins.
    bool refuse(ClientId id, Client& client, Error error) {
        ControlAnswer answer;
        answer.kind = ControlAnswer::Kind::Error;
        answer.error = std::move(error);
        client.mustClose = true;
        client.in.clear();
        client.descriptors.clear();
        client.out += answerLine(answer);
        return flush(id, client);
    }

    // Takes the next request if there is one. False when the client is gone.
    bool settle(ClientId id, Client& client) {
        if (client.mustClose || client.isBusy) return closeIfDone(id, client);
        const auto end = client.in.find('\n');
        if (end == std::string::npos) {
            if (client.in.size() > kMaxRequestBytes) {
                const std::string what =
                    fmt::format("control socket: a request of more than {} bytes", kMaxRequestBytes);
                return refuse(id, client, makeError(Errc::Invalid, what)) && closeIfDone(id, client);
            }
            return closeIfDone(id, client);
        }
        auto request = readRequest(std::string_view(client.in).substr(0, end));
        if (!request) return refuse(id, client, request.error()) && closeIfDone(id, client);
        client.in.erase(0, end + 1);
        client.isBusy = true;
        reactor_.cancel(client.timer);
        ControlCall call;
        call.request = std::move(*request);
        call.peer = client.peer;
        call.descriptors = std::exchange(client.descriptors, {});
        call.reply = std::make_shared<Reply>(link_, id, call.request.id, client.isGone);
        handler_(std::move(call));  // answers come through post(): the client is still there
        return true;
    }

    bool closeIfDone(ClientId id, Client& client) {
        const bool isOver = (client.mustClose || client.hasEnded) && !client.isBusy && client.out.empty() &&
                            client.in.find('\n') == std::string::npos;
        if (isOver) close(id);
        return !isOver;
    }

    void answer(ClientId id, const std::string& line, bool isLast) {
        const auto found = clients_.find(id);
        if (found == clients_.end()) return;
        Client& client = *found->second;
        if (!isLast && client.out.size() + line.size() > kProgressUpTo) return;
        client.out += line;
        if (isLast) {
            client.isBusy = false;
            limit(id, client, client.in.empty() ? options_.idleLimit : options_.requestLimit);
        }
        if (flush(id, client) && settle(id, client)) watch(id, client);
    }

    // Sends what the client takes. False when it is gone.
    bool flush(ClientId id, Client& client) {
        const std::size_t before = client.out.size();
        std::size_t sent = 0;
        while (sent < client.out.size()) {
            auto some = sendBytes(client.fd.get(), std::string_view(client.out).substr(sent));
            if (!some && some.error().code == Errc::Busy) break;
            if (!some) {
                close(id);
                return false;
            }
            sent += *some;
        }
        client.out.erase(0, sent);
        if (client.isBusy || before == 0) return true;
        limit(id, client, client.out.empty() ? options_.idleLimit : options_.writeLimit);
        return true;
    }

    const Options options_;
    const Handler handler_;
    ControlListener listener_;
    Reactor reactor_;
    std::map<ClientId, std::unique_ptr<Client>> clients_;
    ClientId nextClient_ = 1;
    std::shared_ptr<Link> link_;
    std::thread thread_;
};

ControlServer::ControlServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::start(Options options, Handler handler) {
    GREFFE_TRY_ASSIGN(ControlListener listener, ControlListener::open(options.path));
    auto core = std::make_unique<Core>(std::move(options), std::move(handler), std::move(listener));
    return std::unique_ptr<ControlServer>(new ControlServer(std::move(core)));
}

ControlServer::Post ControlServer::poster() const {
    return core_->poster();
}

}  // namespace greffe
