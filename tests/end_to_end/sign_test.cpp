// SPDX-License-Identifier: Apache-2.0
// Documents signed by people, through the real daemon against a service that works, says no, loses answers
// and loses webhooks.
#include "end_to_end/signing_house.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Signatures, ComeBackWithTheirProof) {
    SigningHouse house({});
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; })) << house.daemon.log();
    const Json request = house.state().at("requests")[0];
    EXPECT_EQ(request.at("name"), "lease.pdf");
    EXPECT_EQ(request.at("signers").size(), 1U);
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_EQ(house.daemon.stop(), 0);
    const std::string result = house.daemon.contentOf("out", "lease.pdf");
    EXPECT_THAT(result, HasSubstr("% signed in req-000001"));
    EXPECT_THAT(house.daemon.contentOf("out", "proof.pdf"), HasSubstr("proof of req-000001"));
    const std::string receipt = house.receipt("done", "lease.pdf");
    EXPECT_THAT(receipt, HasSubstr("req-000001"));
    EXPECT_EQ(house.requests(), 1U);
}

TEST(Signatures, AWebhookWakesTheStepLongBeforeItLooksByItself) {
    SigningHouse::Order order;
    order.stepOptions = "poll_seconds = 86400,";
    SigningHouse house(order);
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    house.daemon.drop("lease.pdf", tinyPdf());
    // Behind its first look, fifteen seconds after it was sent, the next one is half a minute away.
    const auto looks = [&] {
        std::size_t count = 0;
        const Json received = house.world.received("signing");
        for (const Json& each : received.at("requests"))
            count += each.at("route") == "status" ? 1 : 0;
        return count;
    };
    ASSERT_TRUE(house.waitFor([&] { return looks() >= 1; }))
        << house.world.received("signing").dump().substr(0, 3000);
    const auto signedAt = std::chrono::steady_clock::now();
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_LT(std::chrono::steady_clock::now() - signedAt, std::chrono::seconds(20));
    EXPECT_THAT(house.daemon.names("done"), testing::Contains("lease.pdf"));
    EXPECT_EQ(house.daemon.stop(), 0);
}

TEST(Signatures, AreFoundWithoutAnyWebhook) {
    SigningHouse house({});
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; }));
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_THAT(house.daemon.contentOf("out", "lease.pdf"), HasSubstr("% signed in"));
}

TEST(Signatures, AForgedWebhookIsRefusedAndLeavesNothing) {
    SigningHouse::Order order;
    order.stepOptions = "poll_seconds = 86400,";
    SigningHouse house(order);
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    house.world.setFaults("signing", R"([{"fault": "forged", "at": "webhook", "times": 0}])");
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; }));
    ASSERT_TRUE(house.waitFor([&] { return !house.world.deliveries("signing").at("attempts").empty(); }));
    EXPECT_THAT(house.world.deliveries("signing").at("attempts")[0].at("outcome").get<std::string>(),
                HasSubstr("401"));
    std::string audit;
    house.daemon.command({"dossier", "show", house.onlyDossier(), "--json"}, &audit);
    EXPECT_THAT(audit, Not(HasSubstr("event received")));
}

TEST(Signatures, ASignersNoEndsTheDossierWithTheirWords) {
    SigningHouse house({});
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.openFront();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; }));
    house.world.operate("signing", "refuse", R"({"reason": "the rent is wrong"})");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_EQ(house.daemon.stop(), 0);
    EXPECT_THAT(house.receipt("rejected", "lease.pdf"), HasSubstr("the rent is wrong"));
    EXPECT_THAT(house.daemon.names("out"), IsEmpty());
}

TEST(Signatures, ADaemonThatDiesBeforeTheAnswerSendsOneRequest) {
    SigningHouse::Order order;
    order.providerOptions = "timeout_seconds = 60,";
    SigningHouse house(order);
    house.world.setFaults("signing", R"([{"fault": "silence", "at": "create", "ms": 60000}])");
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; })) << house.daemon.log();
    ASSERT_TRUE(house.restartAfterKill()) << house.daemon.log();
    house.openFront();
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("waiting") != std::string::npos; }))
        << house.dossiers();
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_EQ(house.requests(), 1U);
}

TEST(Signatures, AServiceThatCannotBeAskedIsNeverSentToTwiceUnknowingly) {
    SigningHouse::Order order;
    order.plugin = "sign-plain";
    order.serviceOptions = R"({"deduplicates": false})";
    SigningHouse house(order);
    house.world.setFaults("signing", R"([{"fault": "silence", "at": "create", "ms": 5000}])");
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("uncertain") != std::string::npos; }))
        << house.dossiers();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    EXPECT_EQ(house.requests(), 1U);
    // An operator looks at the service's own page, and says under which id it is there.
    house.openFront();
    const std::string remoteId = house.state().at("requests")[0].at("id");
    std::string said;
    ASSERT_EQ(house.daemon.command({"dossier", "resolve", house.onlyDossier(), "--happened", "--facts",
                                    dumpJson({{"remote_id", remoteId}}), "--reason", "seen there"},
                                   &said),
              0)
        << said;
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("waiting") != std::string::npos; }))
        << house.dossiers();
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_EQ(house.requests(), 1U);
    EXPECT_THAT(house.daemon.contentOf("out", "lease.pdf"), HasSubstr("% signed in"));
}

TEST(Signatures, ADaemonThatDiesBeforeTheAnswerAsksAPersonWhereItCannotAskTheService) {
    SigningHouse::Order order;
    order.plugin = "sign-plain";
    order.serviceOptions = R"({"deduplicates": false})";
    order.providerOptions = "timeout_seconds = 60,";
    SigningHouse house(order);
    house.world.setFaults("signing", R"([{"fault": "silence", "at": "create", "ms": 60000}])");
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; })) << house.daemon.log();
    house.world.setFaults("signing", "[]");
    ASSERT_TRUE(house.restartAfterKill()) << house.daemon.log();
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("uncertain") != std::string::npos; }))
        << house.dossiers();
    EXPECT_EQ(house.requests(), 1U);
    // The operator finds nothing at the service: then, and only then, it is sent again.
    std::string said;
    ASSERT_EQ(house.daemon.command({"dossier", "resolve", house.onlyDossier(), "--not-happened", "--reason",
                                    "it is not there"},
                                   &said),
              0)
        << said;
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 2; })) << house.dossiers();
}

TEST(Signatures, ARequestThatTheServiceForgotIsHeldAndSentAnewWhenAnOperatorSaysSo) {
    SigningHouse house({});
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("waiting") != std::string::npos; }));
    house.world.operate("signing", "lose");
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("held") != std::string::npos; }))
        << house.dossiers();
    EXPECT_THAT(house.receipt("in-progress", "lease.pdf"), HasSubstr("unknown_request"));
    ASSERT_EQ(house.daemon.command({"dossier", "retry", house.onlyDossier(), "--reason", "send it again"}),
              0);
    ASSERT_TRUE(house.waitFor([&] { return house.requests() == 1; })) << house.dossiers();
    house.world.operate("signing", "sign");
    ASSERT_TRUE(house.daemon.waitUntilSettled(1)) << house.daemon.log();
    EXPECT_THAT(house.daemon.contentOf("out", "lease.pdf"), HasSubstr("% signed in req-000002"));
}

TEST(Signatures, AServiceThatWillNotTakeItHoldsTheDossierWithItsWords) {
    SigningHouse house({});
    house.world.setFaults("signing", R"([{"fault": "status", "at": "create", "status": 422, "times": 0}])");
    ASSERT_TRUE(house.start()) << house.daemon.log();
    house.daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(house.waitFor([&] { return house.dossiers().find("held") != std::string::npos; }))
        << house.dossiers();
    EXPECT_THAT(house.receipt("in-progress", "lease.pdf"), HasSubstr("the service will not take it"));
}

}  // namespace
}  // namespace greffe
