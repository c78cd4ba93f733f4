// SPDX-License-Identifier: Apache-2.0
#include "support/scenario.h"

#include "base/json.h"
#include "store/store.h"
#include "support/running_simulators.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr const char* kSeal = R"(seal { id = "seal", key = "office" })";
constexpr const char* kQuick = R"(stable_seconds = 0)";

DaemonUnderTest::Ending sealedAre(const std::vector<std::string>& names) {
    DaemonUnderTest::Ending ending;
    for (const std::string& name : names) {
        ending.done.insert(ending.done.end(), {name, name + ".receipt.json"});
        ending.out.push_back(name);
    }
    ending.dossiers = names.size();
    return ending;
}

Json answerOf(const DaemonUnderTest& daemon, const std::vector<std::string>& words) {
    std::string said;
    if (daemon.command(words, &said) != 0) return nullptr;
    return Json::parse(said, nullptr, false);
}

// Of a daemon that is stopped.
class Journaled {
public:
    explicit Journaled(const DaemonUnderTest& daemon)
        : store_(openSqliteStore(daemon.root() + "/spool/journal").value()),
          reader_(store_->openReader().value()) {}

    std::vector<DossierRow> dossiers() {
        DossierFilter all;
        all.limit = 1'000'000;
        return reader_->dossiers(all).value();
    }
    std::vector<EffectRow> effects(const std::string& id) { return reader_->effects(id).value(); }
    std::vector<DocumentRow> documents(const std::string& id) { return reader_->documents(id).value(); }
    std::vector<MessageRow> messages(const std::string& id) { return reader_->messages(id).value(); }

private:
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

// Two seals by one step of one branch would be two legal objects, whatever the folders show.
std::string doneTwice(const DaemonUnderTest& daemon) {
    Journaled journal(daemon);
    for (const DossierRow& dossier : journal.dossiers()) {
        std::set<std::tuple<std::string, std::string, std::string>> done;
        for (const EffectRow& effect : journal.effects(dossier.id))
            if (effect.state == EffectState::Done &&
                !done.emplace(effect.branch, effect.step, effect.item).second)
                return fmt::format("{} was done twice for {}", effect.step, dossier.source.name);
        std::set<std::pair<std::string, std::string>> produced;
        for (const DocumentRow& document : journal.documents(dossier.id))
            if (!document.producedBy.empty() &&
                !produced.emplace(document.producedBy, document.derivedFrom).second)
                return fmt::format("{} has two documents of {}", dossier.source.name, document.producedBy);
    }
    return {};
}

class SealAndRefuse final : public Scenario {
public:
    SealAndRefuse() : Scenario(3, ending()) { daemon_ = std::make_unique<DaemonUnderTest>(); }
    void drop() override {
        daemon_->drop("one.pdf", tinyPdf("one"));
        daemon_->drop("two.pdf", tinyPdf("two"));
        daemon_->drop("text.txt", "not a pdf");
    }

private:
    static DaemonUnderTest::Ending ending() {
        DaemonUnderTest::Ending ending = sealedAre({"one.pdf", "two.pdf"});
        ending.rejected = {"text.txt", "text.txt.receipt.json", "text.txt.reason.txt"};
        ++ending.dossiers;
        return ending;
    }
};

// The main job whole: validate, seal, archive, notify two people.
class ArchiveAndNotify final : public Scenario {
public:
    ArchiveAndNotify() : Scenario(0, {}) {
        daemon_ = std::make_unique<DaemonUnderTest>(
            R"(validate { id = "check" }, seal { id = "seal", key = "office" },
               archive { id = "keep", archive = "vault", retry = { attempts = 30, first_delay_seconds = 1, max_delay_seconds = 1 } },
               notify { id = "tell", via = "mail", to = { "anne@client.test", "bob@client.test" }, template = "sealed",
                        attach = { "document" }, retry = { attempts = 30, first_delay_seconds = 1, max_delay_seconds = 1 } })",
            kQuick,
            fmt::format(R"(
  notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost", port = {},
                            from = "greffe@office.test", tls = "none", timeout_seconds = 5 }} }},
  archives = {{ archive {{ name = "vault", path = "@ROOT@/kept" }} }},)",
                        world_.portOf("smtp")));
    }
    void drop() override {
        const bool isFirst = sources() == 0;
        const std::string one = fmt::format("{:05}.pdf", sources());
        const std::string two = fmt::format("{:05}.pdf", sources() + 1);
        daemon_->drop(one, tinyPdf(one));
        daemon_->drop(two, tinyPdf(isFirst ? std::string(1'200'000, 'x') : two));
        expectMore(2, sealedAre({one, two}));
    }

private:
    std::string brokenHere() override {
        std::size_t kept = 0;
        for (const auto& entry : fs::recursive_directory_iterator(daemon_->root() + "/kept"))
            kept += entry.is_regular_file() && entry.path().filename() != ".greffe-archive" ? 1 : 0;
        if (kept != sources()) return fmt::format("{} containers are kept of {} dossiers", kept, sources());
        std::map<std::string, int> copies;
        const Json received = world_.received("smtp");
        for (const Json& mail : memberOf(received, "messages"))
            ++copies[textOf(mail, "message_id")];
        Journaled journal(*daemon_);
        std::size_t rows = 0;
        for (const DossierRow& dossier : journal.dossiers()) {
            for (const MessageRow& row : journal.messages(dossier.id)) {
                ++rows;
                if (copies[row.id] == 0) return "a mail to " + row.recipient + " was lost";
                if (row.state == "possible_duplicate") continue;
                if (row.state != "sent") return "a mail is " + row.state + " for ever";
                if (copies[row.id] > 1) return "a mail left twice and nobody was told";
            }
        }
        if (rows != 2 * sources() || copies.size() != rows)
            return fmt::format("{} messages in the journal, {} at the server, {} were due", rows,
                               copies.size(), 2 * sources());
        return {};
    }

    RunningSimulators world_{R"({"smtp": {}})"};
};

class TimeStamped final : public Scenario {
public:
    TimeStamped() : Scenario(1, sealedAre({"lease.pdf"})) {
        daemon_ = std::make_unique<DaemonUnderTest>(
            R"(seal { id = "seal", key = "office", level = "B-T", authorities = { "one" },
                      retry = { attempts = 30, first_delay_seconds = 1, max_delay_seconds = 1 } })",
            kQuick,
            fmt::format(R"(timestamp_authorities = {{
                timestamp_authority {{ name = "one", url = "{}", trust_anchors = "{}", timeout_seconds = 2,
                                       allow_http = true, allow_private_address = true }} }},)",
                        world_.textOf("tsa", "url"), world_.textOf("tsa", "root_file")));
    }
    void drop() override { daemon_->drop("lease.pdf", tinyPdf()); }

private:
    std::string brokenHere() override {
        // The name of the attribute that holds the token, as DER: 1.2.840.113549.1.9.16.2.14.
        std::string sealed = daemon_->contentOf("out", "lease.pdf");
        for (char& c : sealed)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const std::string token = "2a864886f70d010910020e";
        const std::size_t first = sealed.find(token);
        if (first == std::string::npos) return "the seal has no time-stamp";
        if (sealed.find(token, first + 1) != std::string::npos) return "the seal has two time-stamps";
        return {};
    }

    RunningSimulators world_{R"({"tsa": {"key": "p256"}})"};
};

// Two ways at once that both produce, then a step behind both.
class Branches final : public Scenario {
public:
    Branches() : Scenario(1, ending()) {
        daemon_ = std::make_unique<DaemonUnderTest>(fmt::format(
            R"(parallel {{ id = "both", branches = {{
                 sign = {{ {} }},
                 look = {{ validate {{ id = "check" }}, transform {{ id = "count", run = function(d) return {{ pages = d.facts.check.pages }} end }} }} }} }},
               transform {{ id = "sum", run = function(d) return {{ pages = d.facts.count.pages }} end }})",
            kSeal));
    }
    void drop() override { daemon_->drop("lease.pdf", tinyPdf()); }

private:
    static DaemonUnderTest::Ending ending() { return sealedAre({"lease.pdf"}); }
    std::string brokenHere() override {
        Journaled journal(*daemon_);
        std::multiset<std::string> done;
        for (const EffectRow& effect : journal.effects(journal.dossiers().at(0).id))
            if (effect.state == EffectState::Done) done.insert(effect.step);
        const std::multiset<std::string> wanted = {"both", "check", "count", "seal", "sum"};
        return done == wanted ? "" : fmt::format("done was [{}]", fmt::join(done, ", "));
    }
};

class WithManifest final : public Scenario {
public:
    WithManifest() : Scenario(2, ending()) {
        daemon_ = std::make_unique<DaemonUnderTest>(
            kSeal, R"(stable_seconds = 0, manifest = "required")", "",
            R"(parties = { role "tenant" { many = true, optional = true } })");
    }
    void drop() override {
        daemon_->drop(
            "lease.json",
            R"({"type":"D","parties":[{"role":"tenant","name":"Zoe","email":"zoe@client.test"}],"data":{"rent":800}})");
        daemon_->drop("lease.pdf", tinyPdf());
    }

private:
    static DaemonUnderTest::Ending ending() {
        DaemonUnderTest::Ending ending = sealedAre({"lease.pdf"});
        ending.done.emplace_back("lease.json");
        return ending;
    }
    std::string brokenHere() override {
        const DossierRow dossier = Journaled(*daemon_).dossiers().at(0);
        return dossier.dataJson == R"({"rent":800})" ? "" : "the manifest's data became " + dossier.dataJson;
    }
};

class Zipped final : public Scenario {
public:
    Zipped() : Scenario(1, ending()) {
        daemon_ = std::make_unique<DaemonUnderTest>(
            R"(seal { id = "seal", key = "office", document = "lease" })",
            R"(stable_seconds = 0, archives_as_dossiers = true, manifest = "optional")", "",
            R"(documents = { slot "lease" {} })");
    }
    void drop() override {
        const std::string folder = daemon_->root() + "/prepared";
        fs::create_directories(folder);
        std::FILE* lease = std::fopen((folder + "/lease.pdf").c_str(), "wb");
        const std::string pdf = tinyPdf();
        std::fwrite(pdf.data(), 1, pdf.size(), lease);
        std::fclose(lease);
        if (std::system(("cd '" + folder + "' && zip -q ../case.zip lease.pdf").c_str()) != 0)
            throw std::runtime_error("needs zip");
        fs::rename(daemon_->root() + "/case.zip", daemon_->inFolder() + "/case.zip");
    }

private:
    static DaemonUnderTest::Ending ending() {
        DaemonUnderTest::Ending ending;
        ending.done = {"case.zip", "case.zip.receipt.json"};
        ending.out = {"lease.pdf"};
        ending.dossiers = 1;
        return ending;
    }
};

class Asked final : public Scenario {
public:
    Asked() : Scenario(1, sealedAre({"lease.pdf"})) {
        daemon_ = std::make_unique<DaemonUnderTest>(
            R"(task { id = "look", ask = "clerk", answers = { "validate", "refuse" } }, seal { id = "seal", key = "office" })");
    }
    void drop() override { daemon_->drop("lease.pdf", tinyPdf()); }

private:
    void doWhatPeopleDo() override {
        const Json tasks = answerOf(*daemon_, {"task", "list", "--json"});
        for (const Json& task : memberOf(tasks, "tasks"))
            daemon_->command({"task", "answer", textOf(task, "id"), "validate", "--reason", "fine"});
    }
    std::string brokenHere() override {
        Journaled journal(*daemon_);
        int answers = 0;
        for (const EffectRow& effect : journal.effects(journal.dossiers().at(0).id))
            answers += effect.step == "look" && effect.state == EffectState::Done ? 1 : 0;
        return answers == 1 ? "" : fmt::format("the question was answered {} times", answers);
    }
};

using Maker = std::function<std::unique_ptr<Scenario>()>;

template <class T>
std::unique_ptr<Scenario> makeOne() {
    return std::make_unique<T>();
}

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> all = {
        {"seal_and_refuse", makeOne<SealAndRefuse>},
        {"archive_and_notify", makeOne<ArchiveAndNotify>},
        {"time_stamp", makeOne<TimeStamped>},
        {"branches", makeOne<Branches>},
        {"manifest", makeOne<WithManifest>},
        {"zip", makeOne<Zipped>},
        {"task", makeOne<Asked>},
    };
    return all;
}

}  // namespace

const std::vector<std::string>& Scenario::names() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names;
        for (const auto& [name, maker] : makers())
            names.push_back(name);
        return names;
    }();
    return all;
}

std::unique_ptr<Scenario> Scenario::make(const std::string& name) {
    return makers().at(name)();
}

void Scenario::expectMore(std::size_t sources, const DaemonUnderTest::Ending& more) {
    sources_ += sources;
    ending_.done.insert(ending_.done.end(), more.done.begin(), more.done.end());
    ending_.out.insert(ending_.out.end(), more.out.begin(), more.out.end());
    ending_.rejected.insert(ending_.rejected.end(), more.rejected.begin(), more.rejected.end());
    ending_.dossiers += more.dossiers;
}

bool Scenario::settle(milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        if (daemon_->waitUntilSettled(sources_, milliseconds(250))) return true;
        if (!daemon_->isRunning()) return false;
        if (!fs::exists(daemon_->controlSocket())) continue;
        doWhatPeopleDo();
        // Three deaths of a step's workers are a case for an operator, and only they.
        if (daemon_->log().find("worker ended") == std::string::npos) continue;
        const Json held = answerOf(*daemon_, {"dossier", "list", "--state", "held", "--json"});
        for (const Json& dossier : memberOf(held, "dossiers"))
            daemon_->command(
                {"dossier", "retry", textOf(dossier, "id"), "--reason", "its workers were killed"});
    }
    return false;
}

std::string Scenario::broken() {
    if (std::string broken = daemon_->brokenPromise(ending_); !broken.empty()) return broken;
    if (std::string broken = doneTwice(*daemon_); !broken.empty()) return broken;
    return brokenHere();
}

}  // namespace greffe
