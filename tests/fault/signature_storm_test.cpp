// SPDX-License-Identifier: Apache-2.0
// Many documents signed at a service on its worst day (E1 and E2 of the reliability bars): a fifth of all
// requests time out after they were taken, a fifth fail with 500 after they were taken, a fifth are reset;
// webhooks come early, twice, out of order or never; and the daemon is killed in the middle of it.
//
// No request is made twice, none is forgotten, no dossier stays where it is. At a service that cannot be
// asked for a request, every doubt is a person's to decide.
//
// GREFFE_STORM_DOCUMENTS=n (10000): the long form. GREFFE_STORM_SEED=n: other faults.
#include "end_to_end/signing_house.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace greffe {
namespace {

using std::chrono::seconds;

int numberFrom(const char* variable, int fallback) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : fallback;
}

// Faults as they come on that day, a few hundred at a time.
class Storm {
public:
    Storm(const RunningSimulators& world, unsigned seed) : world_(world), random_(seed) {}

    void goOn() {
        const Json left = world_.faults("signing");
        std::size_t calls = 0, webhooks = 0;
        for (const Json& each : left)
            (textOf(each, "at") == "webhook" ? webhooks : calls) +=
                textOf(each, "at") == "create" || textOf(each, "at") == "webhook" ? 1 : 0;
        if (calls > 100 && webhooks > 100) return;
        Json faults = Json::array();
        for (int i = 0; i < 400; ++i) {
            faults.push_back(call("create"));
            faults.push_back(webhook());
            // The calls that only look have good hours in between.
            if (i % 4 == 0) faults.push_back({{"fault", "pass"}, {"at", "status"}, {"times", 3}});
            if (i % 4 == 0) faults.push_back(call("status"));
            if (i % 4 == 1) faults.push_back({{"fault", "pass"}, {"at", "document"}, {"times", 3}});
            if (i % 4 == 1) faults.push_back(call("document"));
            if (i % 4 == 2) faults.push_back(call("list"));
        }
        world_.setFaults("signing", dumpJson(faults));
    }

private:
    Json call(const char* at) {
        switch (random_() % 10) {
            case 0:
            case 1: return {{"fault", "silence"}, {"at", at}, {"ms", 1'200}};
            case 2:
            case 3: return {{"fault", "status"}, {"at", at}, {"status", 500}, {"effect", true}};
            case 4:
            case 5: return {{"fault", "reset"}, {"at", at}};
            // The webhook is faster than the answer.
            case 6: return {{"fault", "delay"}, {"at", at}, {"ms", 300}};
            default: return {{"fault", "pass"}, {"at", at}};
        }
    }
    Json webhook() {
        switch (random_() % 10) {
            case 0:
            case 1: return {{"fault", "lost"}, {"at", "webhook"}};
            case 2:
            case 3: return {{"fault", "doubled"}, {"at", "webhook"}, {"copies", 2}};
            case 4:
            case 5: return {{"fault", "reordered"}, {"at", "webhook"}, {"behind", 3}};
            case 6: return {{"fault", "forged"}, {"at", "webhook"}};
            default: return {{"fault", "pass"}, {"at", "webhook"}};
        }
    }

    const RunningSimulators& world_;
    std::mt19937 random_;
};

class SignatureStorm : public testing::Test {
protected:
    const int documents_ = numberFrom("GREFFE_STORM_DOCUMENTS", 30);
    const unsigned seed_ = static_cast<unsigned>(numberFrom("GREFFE_STORM_SEED", 1));

    void dropAll(const SigningHouse& house) const {
        for (int i = 0; i < documents_; ++i) {
            const std::string name = fmt::format("{:05}.pdf", i);
            house.daemon.drop(name, tinyPdf(name));
        }
    }

    static std::string lastOf(const std::string& log) {
        return log.substr(log.size() - std::min<std::size_t>(log.size(), 6'000));
    }

    // Until `isOver`, while the storm goes on; killed once, when a third is done.
    template <class IsOver>
    bool pass(SigningHouse& house, IsOver isOver) {
        Storm storm(house.world, seed_);
        bool isKilled = false;
        const auto until = std::chrono::steady_clock::now() + seconds(120 + documents_);
        for (int round = 0; std::chrono::steady_clock::now() < until; ++round) {
            storm.goOn();
            const std::size_t done = house.daemon.names("out").size();
            if (round % 150 == 149)
                std::printf("%zu of %d came back\n", done, documents_), std::fflush(stdout);
            if (!isKilled && done >= static_cast<std::size_t>(documents_) / 3) {
                isKilled = true;
                if (!house.restartAfterKill()) return false;
            }
            if (isKilled && isOver(done)) return true;
            // A daemon that ended by itself would only let the time pass.
            if (!house.daemon.isRunning()) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        return false;
    }
};

TEST_F(SignatureStorm, NothingIsSentTwiceAndNothingStaysWhereTheServiceCanBeAsked) {
    SigningHouse::Order order;
    order.stepOptions = "poll_seconds = 10,";
    order.serviceOptions = R"({"signs_after_ms": 200})";
    SigningHouse house(order);
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    dropAll(house);
    EXPECT_TRUE(pass(house, [&](std::size_t done) { return done == static_cast<std::size_t>(documents_); }))
        << house.daemon.names("out").size() << " of " << documents_ << "\n"
        << house.dossiers() << lastOf(house.daemon.log());
    house.world.setFaults("signing", "[]");
    EXPECT_EQ(house.daemon.names("done").size(), 2 * static_cast<std::size_t>(documents_)) << "with receipts";
    const Json state = house.summary();
    EXPECT_EQ(state.at("doubled"), Json::array());
    EXPECT_EQ(state.at("requests").size(), static_cast<std::size_t>(documents_));
    EXPECT_EQ(house.daemon.stop(), 0);
}

TEST_F(SignatureStorm, EveryDoubtIsAPersonsWhereTheServiceCannotBeAsked) {
    SigningHouse::Order order;
    order.plugin = "sign-plain";
    order.stepOptions = "poll_seconds = 10,";
    order.serviceOptions = R"({"signs_after_ms": 200, "deduplicates": false})";
    SigningHouse house(order);
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    dropAll(house);
    std::size_t uncertain = 0;
    EXPECT_TRUE(pass(house,
                     [&](std::size_t done) {
                         uncertain = done + 3 >= static_cast<std::size_t>(documents_) / 4
                                         ? house.dossierIds("uncertain").size()
                                         : 0;
                         return done + uncertain == static_cast<std::size_t>(documents_);
                     }))
        << house.dossiers() << lastOf(house.daemon.log());
    EXPECT_GT(uncertain, 0U);
    EXPECT_EQ(house.summary().at("doubled"), Json::array()) << "nothing was sent again on a doubt";
    // A person looks each of them up at the service, and says what is there.
    house.world.setFaults("signing", "[]");
    std::map<std::string, std::string> there;
    const Json state = house.summary();
    for (const Json& request : state.at("requests"))
        there[textOf(request, "external_id").substr(0, 26)] = textOf(request, "id");
    for (const std::string& id : house.dossierIds("uncertain")) {
        std::vector<std::string> words = {"dossier", "resolve", id, "--reason", "looked up"};
        if (const auto found = there.find(id); found != there.end()) {
            words.insert(words.end(), {"--happened", "--facts", dumpJson({{"remote_id", found->second}})});
        } else {
            words.emplace_back("--not-happened");
        }
        std::string said;
        EXPECT_EQ(house.daemon.command(words, &said), 0) << said;
    }
    EXPECT_TRUE(house.waitFor(
        [&] { return house.daemon.names("out").size() == static_cast<std::size_t>(documents_); },
        seconds(60 + documents_)))
        << house.dossiers();
    EXPECT_EQ(house.summary().at("doubled"), Json::array());
    EXPECT_EQ(house.requests(), static_cast<std::size_t>(documents_));
    EXPECT_EQ(house.daemon.stop(), 0);
}

}  // namespace
}  // namespace greffe
