// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/smtp_simulator.h"

#include "sys/files.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace greffe::simulators {
namespace {

constexpr std::size_t kMaxNotes = 10000;

Result<sdk::OpenSsl<SSL_CTX, SSL_CTX_free>> contextFor(const TestIdentity& identity) {
    sdk::OpenSsl<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_use_certificate(context.get(), identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) != 1)
        return makeError(Errc::Internal, "TLS: " + sdk::openSslErrors());
    for (const TestX509& issuer : identity.issuers)
        SSL_CTX_add1_chain_cert(context.get(), issuer.get());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    return context;
}

}  // namespace

SmtpSimulator::SmtpSimulator() : faults_(SmtpSession::faultNames(), SmtpSession::places()) {}

SmtpSimulator::~SmtpSimulator() {
    stop();
}

Status SmtpSimulator::makeCertificates() {
    TestProfile expired;
    expired.commonName = "localhost";
    expired.subjectAltName = "DNS:localhost,IP:127.0.0.1";
    expired.extendedKeyUsage = "serverAuth";
    expired.validFromSeconds = -40 * 86400L;
    expired.validUntilSeconds = -86400L;
    TestProfile other;
    other.commonName = "elsewhere.test";
    other.subjectAltName = "DNS:elsewhere.test";
    other.extendedKeyUsage = "serverAuth";
    TestPki strangers("Nobody knows them");
    GREFFE_TRY_ASSIGN(tlsContexts_["good"], contextFor(pki_.server()));
    GREFFE_TRY_ASSIGN(tlsContexts_["expired"], contextFor(pki_.issue(expired)));
    GREFFE_TRY_ASSIGN(tlsContexts_["wrong_name"], contextFor(pki_.issue(other)));
    GREFFE_TRY_ASSIGN(tlsContexts_["untrusted"], contextFor(strangers.server()));
    return {};
}

Result<std::uint16_t> SmtpSimulator::listen(std::uint16_t port) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 128) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return systemError("smtp: cannot listen on 127.0.0.1", errno);
    return ntohs(address.sin_port);
}

void SmtpSimulator::readSettings(const Json& config) {
    settings_.username = textOf(config, "username");
    settings_.password = textOf(config, "password");
    settings_.offersTls = boolOf(config, "tls", true);
    settings_.requiresTls = boolOf(config, "require_tls");
    settings_.offersDsn = boolOf(config, "dsn", true);
    settings_.maxMessageBytes = static_cast<std::size_t>(numberOf(config, "size_limit_bytes", 10 << 20));
    settings_.certificate = textOf(config, "certificate", "good");
    settings_.note = [this](const std::string& line) { note(line); };
    settings_.tlsContext = [this](const std::string& kind) {
        const auto found = tlsContexts_.find(kind);
        return found == tlsContexts_.end() ? nullptr : found->second.get();
    };
    settings_.refusal = [this](const std::string& sender, const std::string& address) {
        return rules_.refusalOf(sender, address);
    };
    settings_.taken = [this](const KeptMail& mail) { reporter_->taken(mail); };
}

Status SmtpSimulator::makeMailboxes(const Json& config, const std::string& directory) {
    if (config.contains("recipients")) configuredRules_ = config["recipients"];
    GREFFE_TRY(rules_.set(configuredRules_));
    GREFFE_TRY(makeDirectories(directory + "/messages"));
    GREFFE_TRY(makeDirectories(directory + "/reports"));
    mailbox_ = std::make_unique<Mailbox>(directory + "/messages");
    reports_ = std::make_unique<Mailbox>(directory + "/reports", "r");
    reporter_ = std::make_unique<DeliveryReporter>(
        rules_, *reports_, static_cast<std::uint16_t>(numberOf(config, "reports_port")));
    return {};
}

Result<Json> SmtpSimulator::start(const Json& config, const std::string& directory) {
    curl_global_init(CURL_GLOBAL_DEFAULT);  // not thread-safe where it happens by itself
    readSettings(config);
    GREFFE_TRY(makeCertificates());
    GREFFE_TRY(makeMailboxes(config, directory));
    GREFFE_TRY_ASSIGN(const UniqueFd place, openDirectory(directory));
    GREFFE_TRY(replaceFile(place.get(), "root.pem", pki_.rootPem()));
    GREFFE_TRY_ASSIGN(const std::uint16_t port, listen(static_cast<std::uint16_t>(numberOf(config, "port"))));
    accepting_ = std::thread([this] { acceptAll(); });
    return Json{{"port", port},
                {"host", "localhost"},
                {"root_file", directory + "/root.pem"},
                {"messages", directory + "/messages"},
                {"reports", directory + "/reports"}};
}

void SmtpSimulator::acceptAll() {
    for (;;) {
        UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const std::scoped_lock lock(mutex_);
        if (isStopping_) return;
        if (!socket) continue;
        ++connections_;
        Connection& connection = open_.emplace_back(std::move(socket));
        std::thread([this, &connection] {
            serve(connection);
        }).detach();  // stop() waits for open_ to be empty
    }
}

void SmtpSimulator::serve(Connection& connection) {
    SmtpSession(connection, *mailbox_, faults_, settings_).run();
    connection.close();
    const std::scoped_lock lock(mutex_);
    open_.remove_if([&](const Connection& each) { return &each == &connection; });
    ended_.notify_all();
}

void SmtpSimulator::note(const std::string& line) {
    const std::scoped_lock lock(mutex_);
    if (commands_.size() < kMaxNotes) commands_.push_back(line);
}

Json SmtpSimulator::received() const {
    Json all = mailbox_->list();
    all["reports"] = reports_->list().at("messages");
    all["waiting_reports"] = reporter_->waiting();
    const std::scoped_lock lock(mutex_);
    all["connections"] = connections_;
    all["commands"] = commands_;
    return all;
}

std::optional<std::string> SmtpSimulator::receivedBytes(const std::string& id) const {
    auto mail = mailbox_->find(id);
    if (!mail) mail = reports_->find(id);
    if (!mail) return std::nullopt;
    return mail->message;
}

Result<Json> SmtpSimulator::orderReport(const Json& order) {
    const auto mail = mailbox_->find(textOf(order, "message"));
    if (!mail) return makeError(Errc::NotFound, "there is no message \"" + textOf(order, "message") + "\"");
    return reporter_->report(*mail, order);
}

Json SmtpSimulator::operations() const {
    return {{"recipients", "what becomes of mails: an array of {address, does, …}, until a reset"},
            {"report", "a delivery report now: message, action, status, diagnostic, recipient"}};
}

Result<Json> SmtpSimulator::operate(const std::string& operation, const Json& body) {
    if (operation == "report") return orderReport(body);
    if (operation != "recipients") return Simulator::operate(operation, body);
    GREFFE_TRY(rules_.set(body));
    return rules_.list();
}

void SmtpSimulator::reset() {
    faults_.clear();
    static_cast<void>(rules_.set(configuredRules_));  // they were right at the start
    reporter_->forget();
    mailbox_->forget();
    reports_->forget();
    const std::scoped_lock lock(mutex_);
    commands_.clear();
    connections_ = 0;
}

void SmtpSimulator::stop() {
    {
        std::unique_lock lock(mutex_);
        isStopping_ = true;
        for (Connection& each : open_)
            each.close();
        ended_.wait(lock, [&] { return open_.empty(); });
    }
    if (reporter_) reporter_->stop();
    if (!accepting_.joinable()) return;
    ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept()
    accepting_.join();
}

}  // namespace greffe::simulators
