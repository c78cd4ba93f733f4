// SPDX-License-Identifier: Apache-2.0
// Requests that no honest client sends, as bytes: smuggling, sizes that overflow, header floods. The front
// answers with a refusal or hangs up, in time, and serves the next one.
#include "front/http_front.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace greffe {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// What the server said within five seconds of silence or until it hung up; at most the first kilobytes.
std::string answerTo(std::uint16_t port, const std::string& request) {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{5, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return "no connection";
    static_cast<void>(send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL));
    shutdown(fd.get(), SHUT_WR);
    std::string answer(4096, '\0');
    const ssize_t got = recv(fd.get(), answer.data(), answer.size(), MSG_WAITALL);
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return answer;
}

std::map<std::string, std::string> hostileRequests() {
    std::map<std::string, std::string> requests = {
        {"traversal", "GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"two lengths",
         "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nabcd"},
        {"length and chunks",
         "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\nX"}};
    const std::string folder = GREFFE_SOURCE_DIR "/../shared/corpus/hostile/generated";
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
        const std::string name = entry.path().filename();
        if (name.rfind("http-", 0) != 0) continue;
        std::ostringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        requests[name] = bytes.str();
    }
    return requests;
}

TEST(HostileRequests, AreRefusedAndHarmNobody) {
    TemporaryDirectory folder;
    auto front = HttpFront::start({folder.path() + "/no-engine.sock", "127.0.0.1", 0});
    ASSERT_TRUE(front) << front.error().text();
    const std::uint16_t port = (*front)->port();
    for (const auto& [name, request] : hostileRequests()) {
        const std::string answer = answerTo(port, request);
        EXPECT_THAT(answer, AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4"))) << name;
        EXPECT_THAT(answerTo(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                    StartsWith("HTTP/1.1 200"))
            << "after " << name;
    }
}

}  // namespace
}  // namespace greffe
