// SPDX-License-Identifier: Apache-2.0
#include "support/rabbit_server.h"

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace greffe {
namespace {

constexpr const char* kProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server";
constexpr amqp_channel_t kChannel = 1;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t freePort() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    close(fd);
    return ntohs(address.sin_port);
}

bool isListening(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool isThere = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return isThere;
}

// In the child: a quiet process that goes when the test goes.
void becomeQuiet(const std::string& log) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
}

amqp_bytes_t bytesOf(const std::string& text) {
    return amqp_bytes_t{text.size(), const_cast<char*>(text.data())};  // NOLINT: the library only reads it
}
std::string textOf(amqp_bytes_t bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

}  // namespace

RabbitServer::RabbitServer() : port_(freePort()), distributionPort_(freePort()), mapperPort_(freePort()) {
    const std::string root = folder_.path();
    std::ofstream(root + "/plugins") << "[].\n";
    std::ofstream(root + "/rabbitmq.conf") << "loopback_users.guest = true\ndisk_free_limit.absolute = 1MB\n";
    mapper_ = fork();
    if (mapper_ == 0) {
        becomeQuiet(root + "/epmd.log");
        execlp("epmd", "epmd", "-address", "127.0.0.1", "-port", std::to_string(mapperPort_).c_str(),
               nullptr);
        _exit(127);
    }
}

RabbitServer::~RabbitServer() {
    killHard();
    if (mapper_ > 0) {
        kill(mapper_, SIGKILL);
        waitpid(mapper_, nullptr, 0);
    }
}

void RabbitServer::run() const {
    const std::string root = folder_.path();
    const std::map<std::string, std::string> variables = {
        {"HOME", root},
        {"RABBITMQ_NODENAME", "greffe-test-" + std::to_string(port_) + "@localhost"},
        {"RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"},
        {"RABBITMQ_NODE_PORT", std::to_string(port_)},
        {"RABBITMQ_DIST_PORT", std::to_string(distributionPort_)},
        {"RABBITMQ_MNESIA_BASE", root + "/mnesia"},
        {"RABBITMQ_LOG_BASE", root + "/log"},
        {"RABBITMQ_CONFIG_FILE", root + "/rabbitmq.conf"},
        {"RABBITMQ_ENABLED_PLUGINS_FILE", root + "/plugins"},
        {"RABBITMQ_CONF_ENV_FILE", "/dev/null"},
        {"ERL_EPMD_ADDRESS", "127.0.0.1"},
        {"ERL_EPMD_PORT", std::to_string(mapperPort_)},
        // One scheduler, and the port between nodes on loopback, too.
        {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"},
    };
    for (const auto& [name, value] : variables)
        setenv(name.c_str(), value.c_str(), 1);
    becomeQuiet(root + "/server.log");
    if (chdir(root.c_str()) != 0) _exit(127);
    execl(kProgram, kProgram, nullptr);
    _exit(127);
}

std::string RabbitServer::start(std::chrono::seconds limit) {
    if (access(kProgram, X_OK) != 0)
        return std::string(kProgram) + " is not there; install it with: scripts/setup --test";
    server_ = fork();
    if (server_ == 0) {
        setpgid(0, 0);
        run();
    }
    setpgid(server_, server_);
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        RabbitClient client(port_);
        if (isListening(port_) && client.declare("greffe-test-probe")) return {};
        if (waitpid(server_, nullptr, WNOHANG) == server_) {
            server_ = -1;
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    std::ifstream log(folder_.path() + "/server.log");
    return "RabbitMQ does not come up:\n" + std::string(std::istreambuf_iterator<char>(log), {});
}

void RabbitServer::killHard() {
    if (server_ <= 0) return;
    kill(-server_, SIGKILL);
    waitpid(server_, nullptr, 0);
    server_ = -1;
    // The group's other members are not our children: the port says when they are gone.
    for (int i = 0; i < 500 && isListening(port_); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

void RabbitClient::close() {
    if (state_ != nullptr) amqp_destroy_connection(static_cast<amqp_connection_state_t>(state_));
    state_ = nullptr;
}

bool RabbitClient::open() {
    if (state_ != nullptr) return true;
    amqp_connection_state_t state = amqp_new_connection();
    state_ = state;
    const timeval limit{5, 0};
    amqp_set_handshake_timeout(state, &limit);
    amqp_set_rpc_timeout(state, &limit);
    amqp_socket_t* socket = amqp_tcp_socket_new(state);
    bool isOpen =
        amqp_socket_open_noblock(socket, "127.0.0.1", port_, &limit) == AMQP_STATUS_OK &&
        amqp_login(state, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type ==
            AMQP_RESPONSE_NORMAL;
    if (isOpen) {
        amqp_channel_open(state, kChannel);
        isOpen = amqp_get_rpc_reply(state).reply_type == AMQP_RESPONSE_NORMAL;
    }
    if (isOpen) {
        amqp_confirm_select(state, kChannel);
        isOpen = amqp_get_rpc_reply(state).reply_type == AMQP_RESPONSE_NORMAL;
    }
    if (!isOpen) close();
    return isOpen;
}

bool RabbitClient::declare(const std::string& queue) {
    if (!open()) return false;
    auto* state = static_cast<amqp_connection_state_t>(state_);
    amqp_queue_declare(state, kChannel, bytesOf(queue), 0, 1, 0, 0, amqp_empty_table);
    const bool isDone = amqp_get_rpc_reply(state).reply_type == AMQP_RESPONSE_NORMAL;
    if (!isDone) close();
    return isDone;
}

bool RabbitClient::publish(const std::string& queue, const Sent& message) {
    if (!open()) return false;
    auto* state = static_cast<amqp_connection_state_t>(state_);
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    if (!message.messageId.empty()) {
        properties._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
        properties.message_id = bytesOf(message.messageId);
    }
    if (!message.contentType.empty()) {
        properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
        properties.content_type = bytesOf(message.contentType);
    }
    std::vector<amqp_table_entry_t> headers;
    for (const auto& [key, value] : message.headers) {
        amqp_table_entry_t entry{};
        entry.key = bytesOf(key);
        entry.value.kind = AMQP_FIELD_KIND_UTF8;
        entry.value.value.bytes = bytesOf(value);
        headers.push_back(entry);
    }
    if (!headers.empty()) {
        properties._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties.headers = {static_cast<int>(headers.size()), headers.data()};
    }
    bool isConfirmed = amqp_basic_publish(state, kChannel, amqp_empty_bytes, bytesOf(queue), 0, 0,
                                          &properties, bytesOf(message.body)) == AMQP_STATUS_OK;
    if (isConfirmed) {
        amqp_frame_t frame{};
        const timeval limit{10, 0};
        isConfirmed = amqp_simple_wait_frame_noblock(state, &frame, &limit) == AMQP_STATUS_OK &&
                      frame.frame_type == AMQP_FRAME_METHOD &&
                      frame.payload.method.id == AMQP_BASIC_ACK_METHOD;
        amqp_maybe_release_buffers(state);
    }
    if (!isConfirmed) close();
    return isConfirmed;
}

const void* RabbitClient::ask(const std::string& queue) {
    if (!open()) return nullptr;
    auto* state = static_cast<amqp_connection_state_t>(state_);
    const amqp_queue_declare_ok_t* answer =
        amqp_queue_declare(state, kChannel, bytesOf(queue), 1, 0, 0, 0, amqp_empty_table);
    if (answer == nullptr) close();
    return answer;
}

int RabbitClient::depth(const std::string& queue) {
    const auto* answer = static_cast<const amqp_queue_declare_ok_t*>(ask(queue));
    return answer != nullptr ? static_cast<int>(answer->message_count) : -1;
}

int RabbitClient::consumers(const std::string& queue) {
    const auto* answer = static_cast<const amqp_queue_declare_ok_t*>(ask(queue));
    return answer != nullptr ? static_cast<int>(answer->consumer_count) : -1;
}

std::optional<RabbitClient::Sent> RabbitClient::take(const std::string& queue) {
    if (!open()) return std::nullopt;
    auto* state = static_cast<amqp_connection_state_t>(state_);
    const amqp_rpc_reply_t reply = amqp_basic_get(state, kChannel, bytesOf(queue), 1);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL || reply.reply.id != AMQP_BASIC_GET_OK_METHOD)
        return std::nullopt;
    amqp_message_t message{};
    if (amqp_read_message(state, kChannel, &message, 0).reply_type != AMQP_RESPONSE_NORMAL)
        return std::nullopt;
    Sent taken;
    taken.body = textOf(message.body);
    if ((message.properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0)
        taken.messageId = textOf(message.properties.message_id);
    if ((message.properties._flags & AMQP_BASIC_HEADERS_FLAG) != 0)
        for (int i = 0; i < message.properties.headers.num_entries; ++i) {
            const amqp_table_entry_t& entry = message.properties.headers.entries[i];
            if (entry.value.kind == AMQP_FIELD_KIND_UTF8)
                taken.headers[textOf(entry.key)] = textOf(entry.value.value.bytes);
        }
    amqp_destroy_message(&message);
    amqp_maybe_release_buffers(state);
    return taken;
}

}  // namespace greffe
